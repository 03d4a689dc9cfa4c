import { block, blocks, plain } from "../../world/blocks.ts";
import { configReferences } from "../../world/config-references.ts";
import { ingressObjects } from "../../world/ingresses.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { podTemplates } from "../../world/pods.ts";
import { vaultPlace } from "../../world/vault-places.ts";
import type { Json, Resource, World } from "../../world/world.ts";
import { findingClass, type PlannedStack } from "../finding-class.ts";
import { type KubernetesChange, kubernetesChange } from "../kubernetes/kubernetes-change.ts";
import type { PlannedChange } from "../plan/plan-summary.ts";

export const stillReferredTo = findingClass({
	id: "still-referred-to",
	risk: "caution",
	reason:
		"What goes, or gets another name, is still named elsewhere: Traefik drops the route, a Secret is no longer brought up to date, pods do not start again.",
	remedy: "Change who refers to it first, and deploy that stack; then take this away.",
	*check(planned) {
		for (const change of planned.summary.changes) {
			if (!/destroy|replace|forget/.test(change.action)) continue;
			const users = usersOf(change, planned);
			if (users.length > 0)
				yield {
					change,
					message: `goes, and is still named by ${[...new Set(users.map(nameOf))].join(", ")}`,
				};
		}
	},
});

function nameOf({ stack, path }: Resource): string {
	return path.startsWith(`${stack}/`) ? path : `${stack}: ${path}`;
}

/** Blocks of all stacks, as the plan leaves them, that name what a change takes away. */
function usersOf(change: PlannedChange, { after }: PlannedStack): readonly Resource[] {
	if (change.type.startsWith("vault_")) return readersOf(change, after);
	const changed = kubernetesChange(change);
	if (changed === undefined || staysAs(changed)) return [];
	const { name, namespace } = block(changed.before.metadata);
	const object = { kind: changed.kind, name: plain(name) ?? "", namespace: plain(namespace) ?? "default" };
	if (object.kind === "middleware") {
		const reference = `${object.namespace}-${object.name}@kubernetescrd`;
		return ingressObjects(after)
			.filter(({ middlewares }) => middlewares.includes(reference))
			.map(({ resource }) => resource);
	}
	return object.kind === "secret" || object.kind === "config_map" ? podsWith(object, after) : [];
}

/** Whether the object is made anew by the same name. */
function staysAs({ kind, before, after }: KubernetesChange): boolean {
	const [was, will] = [block(before.metadata), block(after.metadata)];
	return kind !== "" && was.name === will.name && was.namespace === will.namespace;
}

function podsWith(
	object: Pick<KubernetesChange, "kind" | "name" | "namespace">,
	world: World,
): readonly Resource[] {
	const { resolve } = kubernetesObjects(world);
	return podTemplates(world).flatMap((template) => {
		const { namespace, resource } = template.owner;
		const reads = [...configReferences(template)].some(
			({ kind, name }) => kind === object.kind && resolve(resource.stack, name) === object.name,
		);
		return reads && namespace === object.namespace ? [resource] : [];
	});
}

/** ExternalSecrets that are made of what goes from Vault, each by its store. */
function readersOf({ type, values }: PlannedChange, world: World): readonly Resource[] {
	const [was, will] = [placeOf(type, values?.before), placeOf(type, values?.after)];
	if (was === undefined || was === will) return [];
	const { kvMount, secretStore, databaseStore } = world.site.vault;
	return world.stacks
		.flatMap(({ resources }) => resources)
		.filter(({ type, arguments: given }) => {
			const manifest = block(given.manifest);
			if (type !== "kubernetes_manifest" || manifest.kind !== "ExternalSecret") return false;
			const spec = block(manifest.spec);
			const store = plain(block(spec.secretStoreRef).name);
			return keysOf(spec).some((key) => {
				if (store === secretStore)
					return was === `${kvMount}/metadata/${key}` || was === `sys/mounts/${kvMount}`;
				if (store !== databaseStore || !key.startsWith("static-creds/")) return false;
				// A static role is read under another name than it is written.
				return (
					was === "sys/mounts/database" || was === `database/${key.replace("static-creds/", "static-roles/")}`
				);
			});
		});
}

function keysOf(spec: ReturnType<typeof block>): string[] {
	return [
		...blocks(spec.data, "").map(({ block: one }) => block(one.remoteRef).key),
		...blocks(spec.dataFrom, "").map(({ block: one }) => block(one.extract).key),
	].flatMap((key) => plain(key) ?? []);
}

/** Where Vault has it; undefined for what nobody reads, and for what is not told yet. */
function placeOf(type: string, values: unknown): string | undefined {
	const given = block(values as Json);
	if (Object.keys(given).length === 0) return undefined;
	try {
		return vaultPlace(type, (argument, otherwise) => {
			const value = plain(given[argument]) ?? otherwise;
			if (value === undefined) throw new TypeError(argument);
			return value.replace(/^\/+|\/+$/g, "");
		});
	} catch {
		return undefined;
	}
}
