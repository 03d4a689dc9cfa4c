import { block, blocks } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { containersOf } from "../../world/pods.ts";
import { worldRule } from "../rule.ts";

export const noCpuLimit = worldRule({
	id: "no-cpu-limit",
	severity: "error",
	reason: "The kernel throttles a container at its CPU limit even while the node is idle.",
	remedy: "Delete the limit; the CPU request already guarantees the share.",
	*check(world) {
		for (const { template, name, block: container, path } of containersOf(world)) {
			const { cpu } = block(block(container.resources).limits);
			if (cpu !== undefined)
				yield {
					subject: template.owner.resource,
					argument: `${path}.resources.limits.cpu`,
					message: `container ${name} is limited to ${cpu} CPU`,
				};
		}
		// Kubernetes writes a default or a maximum into every pod of the namespace.
		for (const { kind, resource, given, at } of kubernetesObjects(world).all)
			if (kind === "limit_range")
				for (const limit of blocks(block(given.spec).limit, `${at}spec.limit`))
					for (const bound of ["default", "max"]) {
						const { cpu } = block(limit.block[bound]);
						if (cpu !== undefined)
							yield {
								subject: resource,
								argument: `${limit.path}.${bound}.cpu`,
								message: `every container of the namespace is limited to ${cpu} CPU`,
							};
					}
	},
});
