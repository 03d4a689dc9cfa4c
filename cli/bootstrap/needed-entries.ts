import { randomBytes } from "node:crypto";
import type { Site } from "../../config/schema/site.ts";
import { keysRead, vaultEntries } from "../../world/vault-entries.ts";
import type { World } from "../../world/world.ts";
import type { Entries } from "./entries.ts";

/** An entry of Vault that the platform reads. */
export interface NeededEntry {
	readonly path: string;
	/** Empty where a reader takes whatever it has. */
	readonly keys: readonly string[];
	/** The version that a stack asks for: an entry has it after as many writes. */
	readonly version: number;
	/** Stacks that read it. */
	readonly stacks: readonly string[];
}

/** Every entry that a world reads, and the one of its registry. */
export function neededEntries(world: World): readonly NeededEntry[] {
	const entries = Map.groupBy(vaultEntries(world), ({ path }) => path);
	const read = [...entries].map(([path, readers]) => ({
		path,
		keys: [...new Set(readers.flatMap((reader) => keysRead(world, reader)))].sort(),
		version: Math.max(1, ...readers.map(({ resource }) => Number(resource.arguments.version ?? 1))),
		stacks: [...new Set(readers.map(({ resource }) => resource.stack))],
	}));
	const { source } = world.site.registry;
	if (source.kind === "file") return read;
	const same = read.find(({ path }) => path === source.path);
	const own = {
		path: source.path,
		keys: [...new Set([...(same?.keys ?? []), source.key])].sort(),
		version: same?.version ?? 1,
		stacks: same?.stacks ?? [],
	};
	return [...read.filter((entry) => entry !== same), own];
}

/** What is in none of some values, as `path: key`, or `path` of an entry that is read as a whole. */
export function missingValues(needed: readonly NeededEntry[], values: Entries): string[] {
	return needed.flatMap(({ path, keys }) => {
		const has = values[path];
		if (keys.length === 0) return has === undefined ? [path] : [];
		return keys.filter((key) => !has?.[key]).map((key) => `${path}: ${key}`);
	});
}

/**
 * Values that nobody outside of the platform has to know, at random; and a registry without people. Everything else is
 * an agreement with somebody: a provider, a database, a published key.
 */
export function generatedValues(site: Site, needed: readonly NeededEntry[]): Entries {
	const { redis, registry, storage, woodpecker } = site;
	const agents = `${woodpecker.secretsEntry}/agents/`;
	const mayBeMade = (path: string, key: string) =>
		path === redis.passwords ||
		path === storage.block.encryption.vaultPath ||
		(path.startsWith(agents) && key === "token") ||
		(path === woodpecker.secretsEntry && ["agent_secret", "grpc_secret"].includes(key));
	return Object.fromEntries(
		needed.map(({ path, keys }) => [
			path,
			Object.fromEntries(
				keys.flatMap((key) => {
					const { source } = registry;
					if (source.kind === "vault" && path === source.path && key === source.key) return [[key, "{}"]];
					return mayBeMade(path, key) ? [[key, randomBytes(30).toString("base64")]] : [];
				}),
			),
		]),
	);
}
