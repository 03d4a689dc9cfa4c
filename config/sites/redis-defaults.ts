import type { SiteInput } from "../schema/site.ts";

/** Settings that the sites `home` and `lab` share; a site spreads these and states what differs. */
export const redisDefaults = {
	images: {
		redis: "docker.io/library/redis:7.2.11-alpine",
		haproxy: "docker.io/library/haproxy:3.2.25-alpine",
	},
	nodes: 3,
	quorum: 2,
	masterName: "mymaster",
	downAfter: "5s",
	failoverTimeout: "10s",
	writeSafety: { minReplicas: 1, maxLag: "3s" },
	memory: "448Mi",
	sentinelMemory: "64Mi",
	volume: { size: "2Gi", growTo: "10Gi" },
	proxy: {
		replicas: 2,
		memory: "64Mi",
		maxConnections: 256,
		idleTimeout: "30s",
		check: { interval: "500ms", timeout: "3s", fall: 2, rise: 2 },
		resolve: "1s",
		hold: { valid: "1s", obsolete: "1s", nx: "30s", failure: "1h" },
	},
	anonymous: "keys",
	passwords: "redis",
	toleratedDnsOutage: "1h",
	backup: { schedule: "0 3 * * 0", retention: "28d", capacity: "10Gi" },
} satisfies Omit<SiteInput["redis"], "consumers">;
