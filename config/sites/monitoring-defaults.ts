import type { SiteInput } from "../schema/site.ts";

/** Settings that the sites `home` and `lab` share. */
export const monitoringDefaults = {
	namespace: "monitoring",
	prometheus: "prometheus",
	pushgateway: "pushgateway",
	rulesLabel: { key: "prometheus-rules", value: "load" },
} satisfies SiteInput["monitoring"];

export const monitoringEndpoints = {
	prometheus: {
		host: "prometheus-server.monitoring.svc.cluster.local",
		ports: { http: 80 },
		purpose: "Queries of metrics",
	},
	pushgateway: {
		host: "prometheus-prometheus-pushgateway.monitoring.svc.cluster.local",
		ports: { http: 9091 },
		purpose: "Metrics of jobs that end before Prometheus could scrape them",
	},
} satisfies SiteInput["endpoints"];
