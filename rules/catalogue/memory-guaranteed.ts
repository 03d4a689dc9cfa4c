import { bytesOf } from "../../config/schema/quantity.ts";
import { guaranteedMemoryTiers } from "../../config/tiers.ts";
import { block, plain } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { containersOf } from "../../world/pods.ts";
import { worldRule } from "../rule.ts";

const guaranteed = new Set<unknown>(guaranteedMemoryTiers);

export const memoryGuaranteed = worldRule({
	id: "memory-guaranteed",
	severity: "error",
	reason:
		"Limits above requests overcommit the node: one with 24 GB of memory crashed under 61 GB of limits. Tiers 3 and 4 may burst.",
	remedy: "Make the memory limit equal to the request, or move the namespace to tier 3-edge or 4-aux.",
	*check(world) {
		const objects = kubernetesObjects(world);
		for (const { template, name, block: container, path } of containersOf(world)) {
			const tier = objects.findNamespace(template.owner.namespace)?.labels.tier;
			if (!guaranteed.has(tier)) continue;
			const { requests, limits } = block(container.resources);
			const request = plain(block(requests).memory);
			const limit = plain(block(limits).memory);
			if (request !== undefined && limit !== undefined && bytesOf(request) !== bytesOf(limit))
				yield {
					subject: template.owner.resource,
					argument: `${path}.resources.limits.memory`,
					message: `container ${name} in tier ${tier} requests ${request} of memory and may take ${limit}`,
				};
		}
	},
});
