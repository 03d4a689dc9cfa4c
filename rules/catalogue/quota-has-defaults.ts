import { block } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { worldRule } from "../rule.ts";

/** Quotas of these resources refuse pods whose containers do not state them. */
const demandsNumbers = /^(requests|limits)\.(cpu|memory)$/;

export const quotaHasDefaults = worldRule({
	id: "quota-has-defaults",
	severity: "error",
	reason: "Under a quota on CPU or memory every pod is refused that leaves the number open.",
	remedy: "Declare a LimitRange with defaults in the same namespace.",
	*check(world) {
		const { all } = kubernetesObjects(world);
		const withDefaults = new Set(
			all.filter(({ kind }) => kind === "limit_range").map(({ namespace }) => namespace),
		);
		for (const { kind, name, namespace, resource, given, at } of all) {
			if (kind !== "resource_quota" || withDefaults.has(namespace)) continue;
			const demands = Object.keys(block(block(given.spec).hard)).filter((key) => demandsNumbers.test(key));
			if (demands.length > 0)
				yield {
					subject: resource,
					argument: `${at}spec.hard`,
					message: `${name} limits ${demands.join(", ")} in ${namespace}, which has no LimitRange`,
				};
		}
	},
});
