import { block } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { worldRule } from "../rule.ts";

export const staticVolumeClaimed = worldRule({
	id: "static-volume-claimed",
	severity: "error",
	reason:
		"A volume that names no claim is bound by the first claim that names it, in whatever namespace: by a tenant's, who knows how volumes are called.",
	remedy: "Give the volume a claim reference with the namespace and the name of its claim.",
	*check(world) {
		for (const { kind, resource, name } of kubernetesObjects(world).all) {
			if (kind !== "persistent_volume") continue;
			const { manifest, spec } = resource.arguments;
			const [argument, reference] =
				manifest === undefined
					? ["spec.claim_ref", block(block(spec).claim_ref)]
					: ["manifest.spec.claimRef", block(block(block(manifest).spec).claimRef)];
			if (!reference.namespace || !reference.name)
				yield { subject: resource, argument, message: `volume ${name} names no claim of a namespace` };
		}
	},
});
