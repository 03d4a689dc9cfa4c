import type { IAspect } from "cdktf";
import { TerraformResource } from "cdktf";
import type { IConstruct } from "constructs";

const podDns = "spec[0].template[0].spec[0].dns_config";
const cronPodDns = `spec[0].job_template[0].${podDns}`;
const goldilocks = 'metadata[0].labels["goldilocks.fairwinds.com/vpa-update-mode"]';

/**
 * Arguments that admission webhooks set after an apply, by resource type: DNS options of pods and the label of
 * Goldilocks. If plans compared them, no plan would be empty.
 */
export const admissionDrift: Readonly<Record<string, readonly string[]>> = {
	kubernetes_cron_job: [cronPodDns],
	kubernetes_cron_job_v1: [cronPodDns],
	kubernetes_daemon_set_v1: [podDns],
	kubernetes_daemonset: [podDns],
	kubernetes_deployment: [podDns],
	kubernetes_deployment_v1: [podDns],
	kubernetes_job: [podDns],
	kubernetes_job_v1: [podDns],
	kubernetes_namespace: [goldilocks],
	kubernetes_namespace_v1: [goldilocks],
	kubernetes_pod: ["spec[0].dns_config"],
	kubernetes_pod_v1: ["spec[0].dns_config"],
	kubernetes_replication_controller: [podDns],
	kubernetes_replication_controller_v1: [podDns],
	kubernetes_stateful_set: [podDns],
	kubernetes_stateful_set_v1: [podDns],
};

/** Adds `lifecycle.ignore_changes` for `admissionDrift` to every resource, so that no construct has to. */
export class IgnoreAdmissionDrift implements IAspect {
	visit(node: IConstruct): void {
		if (!TerraformResource.isTerraformResource(node)) return;
		const paths = admissionDrift[node.terraformResourceType];
		if (paths === undefined || node.lifecycle?.ignoreChanges === "all") return;
		const ignoreChanges = [...new Set([...(node.lifecycle?.ignoreChanges ?? []), ...paths])];
		node.lifecycle = { ...node.lifecycle, ignoreChanges };
	}
}
