import { block, isExpression } from "../../world/blocks.ts";
import { containersOf } from "../../world/pods.ts";
import { worldRule } from "../rule.ts";

export const memorySet = worldRule({
	id: "memory-set",
	severity: "error",
	reason:
		"A container without a limit can take its node down; without a request the scheduler packs nodes blindly.",
	remedy: "Give the container both resources.requests.memory and resources.limits.memory.",
	*check(world) {
		for (const { template, name, block: container, path } of containersOf(world)) {
			if (isExpression(container.resources)) continue;
			const resources = block(container.resources);
			const missing = ["requests", "limits"].filter(
				(kind) => !isExpression(resources[kind]) && block(resources[kind]).memory === undefined,
			);
			if (missing.length > 0)
				yield {
					subject: template.owner.resource,
					argument: `${path}.resources`,
					message: `container ${name} sets no memory in ${missing.join(" and ")}`,
				};
		}
	},
});
