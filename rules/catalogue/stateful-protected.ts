import { block } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { statefulTypes } from "../../world/stateful-types.ts";
import type { Resource, World } from "../../world/world.ts";
import { type Violation, worldRule } from "../rule.ts";

/** Kinds that make a namespace stateful: deleting it deletes them. */
const namespaced = new Set(["persistent_volume_claim", "stateful_set"]);

export const statefulProtected = worldRule({
	id: "stateful-protected",
	severity: "error",
	reason: "A renamed construct is destroyed and created again; what holds data must stop such a plan.",
	remedy: "Set lifecycle.preventDestroy = true.",
	*check(world) {
		for (const { resources } of world.stacks)
			for (const resource of resources) {
				const loss = holdsData(resource) ? statefulTypes[resource.type] : undefined;
				if (loss !== undefined) yield* unprotected(resource, loss);
			}
		yield* namespaces(world);
	},
});

function* namespaces(world: World): Iterable<Violation> {
	const objects = kubernetesObjects(world);
	const holders = new Map<Resource, string>();
	for (const { kind, resource, namespace, name } of objects.all) {
		const holder = objects.findNamespace(namespace)?.resource;
		if (holder !== undefined && namespaced.has(kind) && holdsData(resource))
			holders.set(holder, `${kind} ${name} is deleted with it`);
	}
	for (const [holder, loss] of holders) yield* unprotected(holder, loss);
}

function holdsData({ mode, type, arguments: { spec } }: Resource): boolean {
	if (mode !== "resource") return false;
	return !type.startsWith("kubernetes_stateful_set") || block(spec).volume_claim_template !== undefined;
}

function* unprotected(subject: Resource, loss: string): Iterable<Violation> {
	if (block(subject.arguments.lifecycle).prevent_destroy !== true)
		yield {
			subject,
			argument: "lifecycle.prevent_destroy",
			message: `a plan may destroy ${subject.type}: ${loss}`,
		};
}
