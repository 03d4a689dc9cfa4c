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
	const audit = (what: string) =>
		`kubelet_volume_stats_${what}_bytes{namespace="${namespace}", persistentvolumeclaim=~"audit-${serverName}-.*"}`;
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
		...backupAlerts({ subject: "Vault", namespace, task: backup }),
	];
}
