import type { AlertRule } from "../monitoring/alert-rule.ts";

export interface TunnelAlertSubjects {
	readonly namespace: string;
	/** Name of the Deployment. */
	readonly workload: string;
	readonly replicas: number;
}

/** Alerts of the tunnel: a connector is ready while it is connected. */
export function tunnelAlerts({ namespace, workload, replicas }: TunnelAlertSubjects): AlertRule[] {
	const labels = `namespace="${namespace}", deployment="${workload}"`;
	const ready = `kube_deployment_status_replicas_ready{${labels}}`;
	return [
		{
			alert: "TunnelDown",
			expr: `${ready} == 0 or absent(${ready})`,
			for: "5m",
			severity: "critical",
			summary: "No connector of the tunnel is connected: no proxied host can be reached from the Internet",
		},
		{
			alert: "TunnelDegraded",
			expr: `${ready} < ${replicas}`,
			for: "30m",
			severity: "warning",
			summary: `{{ $value }} of ${replicas} connectors of the tunnel are connected`,
		},
	];
}
