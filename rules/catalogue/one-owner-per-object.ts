import { isExpression } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { worldRule } from "../rule.ts";

export const oneOwnerPerObject = worldRule({
	id: "one-owner-per-object",
	severity: "error",
	reason: "Two blocks that write one object fight for it: every apply undoes the other one.",
	remedy: "Declare the object once, or give one of the two another name.",
	*check(world) {
		const owners = new Map<string, string>();
		for (const { resource, kind, namespace, name } of kubernetesObjects(world).all) {
			if (isExpression(namespace) || isExpression(name)) continue;
			const identity = `${kind} ${namespace}/${name}`;
			const owner = owners.get(identity);
			if (owner !== undefined)
				yield {
					subject: resource,
					argument: "metadata.name",
					message: `${identity} is already declared by ${owner}`,
				};
			owners.set(identity, resource.path);
		}
	},
});
