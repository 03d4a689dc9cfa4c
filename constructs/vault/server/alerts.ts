import type { AlertRule } from "../../monitoring/alert-rule.ts";
import { type BackupSubject, backupAlerts } from "../../monitoring/backup-alerts.ts";
import { serverName } from "./values.ts";

export interface VaultAlertSubjects {
	readonly namespace: string;
	readonly replicas: number;
	/** Service of the leader. */
	readonly active: string;
	readonly backup: BackupSubject;
}

/** Alerts of the server: a pod is ready while it is unsealed, and the leader is the only one behind `vault-active`. */
export function vaultAlerts({ namespace, replicas, active, backup }: VaultAlertSubjects): AlertRule[] {
	const ready = `kube_statefulset_status_replicas_ready{namespace="${namespace}", statefulset="${serverName}"}`;
	const volume = (name: string) => (what: string) =>
		`kubelet_volume_stats_${what}_bytes{namespace="${namespace}", persistentvolumeclaim=~"${name}-${serverName}-.*"}`;
	const [audit, data] = [volume("audit"), volume("data")];
	return [
		{
			alert: "VaultWithoutLeader",
			expr: `absent(kube_endpoint_address{namespace="${namespace}", endpoint="${active}", ready="true"})`,
			for: "2m",
			severity: "critical",
			summary: "No Vault server leads: nobody can read a secret or log in",
		},
		{
			alert: "VaultServerSealed",
			expr: `${ready} < ${replicas}`,
			for: "10m",
			severity: "warning",
			summary: `{{ $value }} of ${replicas} Vault servers are unsealed and ready`,
		},
		{
			alert: "VaultAuditVolumeFull",
			expr: `${audit("available")} / ${audit("capacity")} < 0.1`,
			for: "10m",
			severity: "critical",
			summary:
				"Volume {{ $labels.persistentvolumeclaim }} is more than 90 % full: the audit goes on in the log only",
		},
		{
			alert: "VaultDataVolumeFull",
			expr: `${data("available")} / ${data("capacity")} < 0.1`,
			for: "10m",
			severity: "critical",
			summary:
				"Volume {{ $labels.persistentvolumeclaim }} is more than 90 % full: a server without room takes no write and loses its place",
		},
		{
			alert: "VaultDataGrowsFast",
			expr: `delta(${data("used")}[1h]) / ${data("capacity")} > 0.2`,
			for: "5m",
			severity: "warning",
			summary:
				"Volume {{ $labels.persistentvolumeclaim }} took a fifth of its size within an hour: somebody fills it",
		},
		...backupAlerts({ subject: "Vault", namespace, task: backup }),
	];
}
