import { type Block, block, blocks, plain } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import type { Json, Resource, World } from "../../world/world.ts";
import { type Fact, factId } from "./fact.ts";
import { podsOf } from "./subjects.ts";

const ephemeral = /ephemeral\.vault_kv_secret_v2\.([\w-]+)\.data(?:\[\\?"([^"\\]+)\\?"\])?/g;

/**
 * Entries of Vault that become a Secret: every pod of its namespace can mount it. By External Secrets while the cluster
 * runs, or by Terraform when a stack is applied.
 */
export function* deliveredFacts(world: World): Iterable<Fact> {
	for (const { kind, namespace, resource } of kubernetesObjects(world).all) {
		if (kind === "external_secret") yield* external(world, namespace, resource);
		if (kind === "secret")
			for (const [, id = "", key] of JSON.stringify(resource.arguments).matchAll(ephemeral)) {
				const entry = world.stacks
					.find(({ stack }) => stack === resource.stack)
					?.resources.find(({ address }) => address === `ephemeral.vault_kv_secret_v2.${id}`);
				const path = plain(entry?.arguments.name);
				const mount = plain(entry?.arguments.mount) ?? "a mount that only Terraform knows";
				if (path !== undefined) yield delivered(world, namespace, resource, mount, path, key);
			}
	}
}

function* external(world: World, namespace: string, resource: Resource): Iterable<Fact> {
	const { secretStoreRef, data, dataFrom } = block(block(resource.arguments.manifest).spec);
	const mount = mountOf(world, namespace, block(secretStoreRef));
	if (mount === undefined) {
		const store = plain(block(secretStoreRef).name) ?? "that only Terraform knows";
		yield unknown(world, namespace, resource, `what store ${store} gives`);
		return;
	}
	for (const { block: one } of blocks(data, "")) {
		const remote = block(one.remoteRef);
		const path = plain(remote.key);
		if (path !== undefined) yield delivered(world, namespace, resource, mount, path, plain(remote.property));
	}
	for (const { block: one } of blocks(dataFrom, "")) {
		const path = plain(block(one.extract).key);
		if (path !== undefined) yield delivered(world, namespace, resource, mount, path, undefined);
		else yield unknown(world, namespace, resource, `whatever it finds in ${mount}/`);
	}
}

/** Mount of Vault that a store reads: the site's own stores, or one of the documents. */
function mountOf(world: World, namespace: string, { name, kind }: Block): string | undefined {
	const { kvMount, secretStore, databaseStore } = world.site.vault;
	const cluster = kind === "ClusterSecretStore";
	const store = kubernetesObjects(world).find(
		cluster ? "cluster_secret_store" : "secret_store",
		cluster ? "default" : namespace,
		String(name),
	);
	if (store === undefined)
		return cluster ? { [secretStore]: kvMount, [databaseStore]: "database" }[String(name)] : undefined;
	const spec: Json | undefined = block(store.resource.arguments.manifest).spec;
	return plain(block(block(block(spec).provider).vault).path);
}

function delivered(
	world: World,
	namespace: string,
	resource: Resource,
	mount: string,
	path: string,
	key: string | undefined,
): Fact {
	const { name: subject, owns } = podsOf(world, namespace);
	const [first = ""] = path.split("/");
	const entry = `${mount}/${path}`;
	return {
		subject,
		verb: "read",
		object: key === undefined ? entry : `key ${key} of ${entry}`,
		risk: first === namespace || owns.entries.includes(first) ? "own-secrets" : "secrets",
		grants: [resource],
		...(key === undefined ? {} : { within: [factId({ subject, verb: "read", object: entry })] }),
	};
}

function unknown(world: World, namespace: string, resource: Resource, object: string): Fact {
	return {
		subject: podsOf(world, namespace).name,
		verb: "read",
		object,
		risk: "unknown",
		grants: [resource],
	};
}
