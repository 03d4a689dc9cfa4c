import { defined } from "../config/schema/defined.ts";
import { block, blocks, plain } from "./blocks.ts";
import { oncePer } from "./once-per.ts";
import type { Resource, World } from "./world.ts";

/** An entry of the KV engine that a stack reads. */
export interface VaultEntry {
	readonly resource: Resource;
	readonly argument: string;
	/** Path below the KV mount. */
	readonly path: string;
	/** The only key that is read of it; undefined where the block does not say. */
	readonly key?: string;
	/** `plan`: when a stack is planned and applied; `run`: by the External Secrets operator. */
	readonly when: "plan" | "run";
}

/** Every entry of the site's KV mount that a world reads. */
export const vaultEntries = oncePer((world: World): readonly VaultEntry[] => {
	const { kvMount, secretStore } = world.site.vault;
	return world.stacks
		.flatMap(({ resources }) => resources)
		.flatMap((resource) => {
			const { mode, type, arguments: given } = resource;
			if (mode === "ephemeral" && type === "vault_kv_secret_v2" && given.mount === kvMount)
				return [...entry(resource, "name", plain(given.name), "plan")];
			if (mode === "resource" && type === "kubernetes_manifest")
				return [...externalSecret(resource, secretStore)];
			return [];
		});
});

function* externalSecret(resource: Resource, store: string): Iterable<VaultEntry> {
	const { kind, spec } = block(resource.arguments.manifest);
	const { secretStoreRef, data, dataFrom } = block(spec);
	if (kind !== "ExternalSecret" || block(secretStoreRef).name !== store) return;
	for (const { block: one, path } of blocks(data, "manifest.spec.data")) {
		const { key, property } = block(one.remoteRef);
		yield* entry(resource, `${path}.remoteRef.key`, plain(key), "run", plain(property));
	}
	for (const { block: one, path } of blocks(dataFrom, "manifest.spec.dataFrom"))
		yield* entry(resource, `${path}.extract.key`, plain(block(one.extract).key), "run");
}

function* entry(
	resource: Resource,
	argument: string,
	path: string | undefined,
	when: VaultEntry["when"],
	key?: string,
): Iterable<VaultEntry> {
	if (path !== undefined) yield { resource, argument, path, when, ...defined({ key }) };
}

/** Keys of its entry that a reader names; none when it takes them all. */
export function keysRead({ stacks }: Pick<World, "stacks">, { resource, path, when }: VaultEntry): string[] {
	if (when === "plan") {
		const json = JSON.stringify(stacks.find(({ stack }) => stack === resource.stack)?.json);
		const reference = new RegExp(
			`${resource.address.replaceAll(".", "\\.")}\\.data\\[\\\\"(.+?)\\\\"\\]`,
			"g",
		);
		return [...json.matchAll(reference)].map(([, key = ""]) => key);
	}
	return blocks(block(block(resource.arguments.manifest).spec).data, "")
		.map(({ block: { remoteRef } }) => block(remoteRef))
		.filter(({ key }) => key === path)
		.flatMap(({ property }) => plain(property) ?? []);
}
