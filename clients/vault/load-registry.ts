import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { ChosenSite } from "../../config/load-site.ts";
import { projectRoot } from "../../config/project-root.ts";
import { parseRegistry } from "../../config/registry/parse-registry.ts";
import type { Registry } from "../../config/registry/registry.ts";
import { ConfigError } from "../../config/schema/problem.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { vaultAccess } from "./access.ts";
import { type KvAddress, readKv } from "./kv.ts";

/** Domains of a site that say where its registry is, and what no tenant may take. */
export type RegistrySite = Pick<ChosenSite, "registry" | "vault" | "virtualHosts" | "registryFile">;

/** The text of a registry. */
export interface RegistryText {
	readonly text: string;
	/** Version of the entry in Vault; 0 of a file. */
	readonly version: number;
}

/** Where the registry of a site is. */
export type RegistryPlace =
	| { readonly kind: "file"; readonly name: string; readonly file: string }
	| { readonly kind: "vault"; readonly name: string; readonly key: string; readonly path: string };

export function registryPlace({ registry: { source }, vault, registryFile }: RegistrySite): RegistryPlace {
	if (registryFile !== undefined)
		return { kind: "file", name: registryFile, file: resolve(projectRoot, registryFile) };
	if (source.kind === "file")
		return { kind: "file", name: source.path, file: resolve(projectRoot, source.path) };
	return { kind: "vault", name: `${vault.kvMount}/${source.path}`, key: source.key, path: source.path };
}

/**
 * Reads and checks the registry of a site.
 *
 * @throws ConfigError with all of its problems, or when it cannot be read, which never counts as an empty registry
 */
export async function loadRegistry(site: RegistrySite): Promise<Registry> {
	const { text } = await readRegistry(site);
	return parseRegistry(text, `registry ${registryPlace(site).name}`, Object.keys(site.virtualHosts));
}

/**
 * The registry that stacks are built from; undefined until Vault, which keeps it, was initialised.
 *
 * @throws ConfigError as `loadRegistry` does
 */
export async function loadTenants(site: RegistrySite): Promise<Registry | undefined> {
	return site.vault.phase === "server" ? undefined : loadRegistry(site);
}

/** @throws ConfigError when it cannot be read */
export async function readRegistry(site: RegistrySite): Promise<RegistryText> {
	const place = registryPlace(site);
	try {
		if (place.kind === "file") return { text: await readFile(place.file, "utf8"), version: 0 };
		const { data, version } = await readKv(await kvAddress(site, place.path));
		const text = data[place.key];
		if (typeof text !== "string") throw new VisibleError(`the entry has no key ${place.key}`);
		return { text, version };
	} catch (error) {
		const remedy = place.kind === "vault" ? "; or name a file in INFRA_REGISTRY" : "";
		throw new ConfigError(`registry ${place.name}`, [
			{ path: "registry.source", message: `${(error as Error).message}${remedy}` },
		]);
	}
}

/** Address of an entry of the site's KV engine, and who asks. @throws VisibleError as vaultAccess */
export async function kvAddress(site: Pick<Site, "vault">, path: string): Promise<KvAddress> {
	return { ...(await vaultAccess(site)), mount: site.vault.kvMount, path };
}
