import { block, blocks, plain } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { worldRule } from "../rule.ts";

export const storageClassExists = worldRule({
	id: "storage-class-exists",
	severity: "error",
	reason: "A claim of a class that nothing provides stays pending, and so do its pods.",
	remedy: "Let the class follow from what the claim holds, or add the class to the storage stack.",
	*check(world) {
		const { all } = kubernetesObjects(world);
		const classes = new Set(all.filter(({ kind }) => kind === "storage_class").map(({ name }) => name));
		// Without the storage stack, the classes exist already and are not known here.
		if (classes.size === 0) return;
		for (const { resource, kind, name, given, at } of all) {
			const spec = block(given.spec);
			const claims =
				kind === "persistent_volume_claim" || kind === "persistent_volume"
					? [{ block: spec, path: `${at}spec` }]
					: blocks(spec.volume_claim_template, `${at}spec.volume_claim_template`).map(
							({ block: claim, path }) => ({
								block: block(claim.spec),
								path: `${path}.spec`,
							}),
						);
			for (const { block: claim, path } of claims) {
				const className = plain(claim.storage_class_name);
				if (className !== undefined && className !== "" && !classes.has(className))
					yield {
						subject: resource,
						argument: `${path}.storage_class_name`,
						message: `${kind} ${name} has class ${className}; there are ${[...classes].join(", ")}`,
					};
			}
		}
	},
});
