import { ownerNames } from "../../config/registry/owner-names.ts";
import { type Duration, formatDuration, inSeconds } from "../../config/schema/duration.ts";
import type { AlertRule } from "../monitoring/alert-rule.ts";

export interface WoodpeckerAlertSubjects {
	readonly namespace: string;
	/** Names of the StatefulSets. */
	readonly server: string;
	readonly infrastructureAgent: string;
	/** The secret sync: job under which it pushes metrics, and seconds after which these are stale. */
	readonly sync: { readonly name: string; readonly staleAfter: Duration };
}

/**
 * Alerts on failures that would otherwise be noticed only at the next release (docs/reference/woodpecker.md#alerts).
 */
export function woodpeckerAlerts(subjects: WoodpeckerAlertSubjects): AlertRule[] {
	const { namespace, server, infrastructureAgent, sync } = subjects;
	const stale = formatDuration(sync.staleAfter);
	const ready = (set: string) =>
		`(kube_statefulset_status_replicas_ready{namespace="${namespace}", statefulset="${set}"} or on() vector(0)) < 1`;
	return [
		{
			alert: "WoodpeckerServerDown",
			expr: ready(server),
			for: "5m",
			severity: "critical",
			summary: "The CI server is not ready: webhooks of the forge are lost, and nothing is deployed",
		},
		{
			alert: "WoodpeckerInfraAgentDown",
			expr: ready(infrastructureAgent),
			for: "10m",
			severity: "warning",
			summary: "No agent of the infrastructure's pipelines is ready: nothing is planned or applied",
		},
		{
			alert: "WoodpeckerOwnerAgentDown",
			// Every owner's at once, so that the rule stays as it is when one comes or goes.
			expr: `kube_statefulset_status_replicas_ready{namespace="${namespace}", statefulset=~"${ownerNames.agent(".+")}"} < 1`,
			for: "10m",
			severity: "warning",
			summary: "{{ $labels.statefulset }} is not ready: the pipelines of that owner wait",
		},
		{
			alert: "CiSecretSyncFailing",
			expr: `ci_secret_sync_failed{job="${sync.name}"} > 0`,
			for: "15m",
			severity: "warning",
			summary: "{{ $value }} secrets of pipelines could not be copied from Vault",
		},
		{
			alert: "CiSecretSyncStale",
			expr: `time() - ci_secret_sync_last_success_timestamp{job="${sync.name}"} > ${inSeconds(sync.staleAfter)}`,
			for: "10m",
			severity: "warning",
			summary: `No run of the secret sync has succeeded for ${stale}: pipelines may use old secrets`,
		},
		{
			alert: "CiSecretSyncNeverRun",
			expr: `absent(ci_secret_sync_failed{job="${sync.name}"})`,
			for: stale,
			severity: "warning",
			summary: "The secret sync has never reported",
		},
	];
}
