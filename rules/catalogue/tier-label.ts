import { tiers } from "../../config/tiers.ts";
import { isExpression } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { worldRule } from "../rule.ts";

const labelled = new Set(["namespace", "deployment", "stateful_set", "daemon_set"]);
const names = Object.values(tiers);
const known = new Set<unknown>(names);

export const tierLabel = worldRule({
	id: "tier-label",
	severity: "error",
	reason:
		"Quota, default limits and priority hang on the tier of a namespace; a workload without the label is changed by a webhook, which shows in every plan.",
	remedy: `Label the namespace with one of ${names.join(", ")}, and its workloads with the same tier.`,
	*check(world) {
		const objects = kubernetesObjects(world);
		for (const { resource, kind, name, namespace, labels } of objects.all) {
			if (!labelled.has(kind) || isExpression(labels.tier)) continue;
			const expected = kind === "namespace" ? undefined : objects.findNamespace(namespace)?.labels.tier;
			const argument = "metadata.labels";
			const subject = resource;
			if (labels.tier === undefined)
				yield { subject, argument, message: `${kind} ${name} has no label tier` };
			else if (!known.has(labels.tier))
				yield { subject, argument, message: `tier ${labels.tier} of ${kind} ${name} does not exist` };
			else if (known.has(expected) && labels.tier !== expected)
				yield {
					subject,
					argument,
					message: `${kind} ${name} has tier ${labels.tier}, its namespace ${namespace} has ${expected}`,
				};
		}
	},
});
