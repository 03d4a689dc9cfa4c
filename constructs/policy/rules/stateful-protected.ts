import { block } from "../blocks.ts";
import { kubernetesObjects } from "../kubernetes-objects.ts";
import { type Violation, worldRule } from "../rule.ts";
import type { Resource, World } from "../world.ts";

/** What is lost when a block of the type is destroyed. */
const lost: Readonly<Record<string, string>> = {
	kubernetes_persistent_volume: "its data loses the only object that points to it",
	kubernetes_persistent_volume_claim: "its volume is deleted with it",
	kubernetes_persistent_volume_claim_v1: "its volume is deleted with it",
	kubernetes_persistent_volume_v1: "its data loses the only object that points to it",
	kubernetes_stateful_set: "its pods stop, and a retention policy may delete their volumes",
	kubernetes_stateful_set_v1: "its pods stop, and a retention policy may delete their volumes",
	proxmox_virtual_environment_vm: "its disks are deleted with it",
	vault_database_secrets_mount: "every database credential below it is revoked",
	vault_mount: "every secret below it is deleted",
	vault_transit_secret_backend_key: "nothing that it encrypted can ever be read again",
};

/** Kinds that make a namespace worth protecting: deleting it deletes them. */
const namespaced = new Set(["persistent_volume_claim", "stateful_set"]);

export const statefulProtected = worldRule({
	id: "stateful-protected",
	severity: "error",
	reason: "A renamed construct is destroyed and created again; what holds data must stop such a plan.",
	remedy: "Set lifecycle.preventDestroy = true.",
	*check(world) {
		for (const { resources } of world.stacks)
			for (const resource of resources) {
				const loss = holdsData(resource) ? lost[resource.type] : undefined;
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
