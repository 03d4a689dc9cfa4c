import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../problem.ts";
import type { Site } from "../schema/site.ts";
import { readKv } from "./kv.ts";
import { parseRegistry } from "./parse-registry.ts";
import type { Registry } from "./registry.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));

/** Text of a registry and where it came from. */
export interface RegistryText {
	readonly text: string;
	/** Such as `registry config/registry/lab.json` or `registry secret/platform`. */
	readonly subject: string;
}

/**
 * Reads and checks the registry of a site: from the file that `INFRA_REGISTRY` names, else from the site's source.
 *
 * @throws ConfigError when it cannot be read, which is never taken for an empty one, or with all of its problems
 */
export async function loadRegistry(site: Pick<Site, "registry" | "vault">): Promise<Registry> {
	const { text, subject } = await readRegistry(site);
	return parseRegistry(text, subject);
}

export async function readRegistry({
	registry,
	vault,
}: Pick<Site, "registry" | "vault">): Promise<RegistryText> {
	const { source } = registry;
	const override = process.env.INFRA_REGISTRY;
	if (override) return fromFile(override, override);
	if (source.kind === "file") return fromFile(join(project, source.path), source.path);
	const subject = `registry ${vault.kvMount}/${source.path}`;
	try {
		const { data } = await readKv({ ...(await vaultAccess(vault)), mount: vault.kvMount, path: source.path });
		const text = data[source.key];
		if (typeof text !== "string") throw new Error(`the entry has no key ${source.key}`);
		return { text, subject };
	} catch (error) {
		throw new ConfigError(subject, [
			{
				path: "registry.source",
				message: `${(error as Error).message}; log in with "vault login", or name a file in INFRA_REGISTRY`,
			},
		]);
	}
}

/** Where Vault is and who asks: `VAULT_ADDR` and `VAULT_TOKEN`, else the site and the token of `vault login`. */
export async function vaultAccess(vault: Site["vault"]): Promise<{ address: string; token: string }> {
	const address = process.env.VAULT_ADDR || vault.address;
	const token =
		process.env.VAULT_TOKEN || (await readFile(join(homedir(), ".vault-token"), "utf8").catch(() => ""));
	if (token.trim() === "") throw new Error("no token: neither VAULT_TOKEN nor ~/.vault-token");
	return { address, token: token.trim() };
}

async function fromFile(path: string, name: string): Promise<RegistryText> {
	const subject = `registry ${name}`;
	try {
		return { text: await readFile(path, "utf8"), subject };
	} catch (error) {
		throw new ConfigError(subject, [{ path: "registry.source", message: (error as Error).message }]);
	}
}
