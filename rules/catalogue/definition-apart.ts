import { block, plain } from "../../world/blocks.ts";
import { worldRule } from "../rule.ts";

export const definitionApart = worldRule({
	id: "definition-apart",
	severity: "error",
	reason:
		"The provider asks the cluster for the kind of a manifest while it plans: the first plan can never succeed.",
	remedy: "Move the objects, or the definition of their kind, to a stack of its own.",
	*check(world) {
		for (const { resources } of world.stacks) {
			const manifests = resources.filter(({ type }) => type === "kubernetes_manifest");
			const defined = new Map<string, string>();
			for (const {
				path,
				arguments: { manifest },
			} of manifests) {
				const { kind, spec } = block(manifest);
				const { group, names } = block(spec);
				if (kind === "CustomResourceDefinition")
					defined.set(`${plain(group)} ${plain(block(names).kind)}`, path);
			}
			for (const subject of manifests) {
				const { kind, apiVersion } = block(subject.arguments.manifest);
				const definition = defined.get(`${String(apiVersion).split("/")[0]} ${kind}`);
				if (definition !== undefined)
					yield {
						subject,
						argument: "manifest",
						message: `kind ${kind} is defined in the same stack, by ${definition}`,
					};
			}
		}
	},
});
