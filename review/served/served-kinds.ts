import { type Block, block, blocks, plain } from "../../world/blocks.ts";
import type { Json } from "../../world/world.ts";

/** A version of a group, and the kinds that an API server has in it. */
export interface ServedVersion {
	readonly version: string;
	readonly kinds: ReadonlySet<string>;
	/** Whether that is all of them: who serves the version may not have answered. */
	readonly complete: boolean;
}

/** What an API server serves: versions by group, the preferred one first. The core's group has an empty name. */
export type ServedKinds = ReadonlyMap<string, readonly ServedVersion[]>;

/** Kind of an object, with the version of the API that it is written in. */
export interface ApiKind {
	/** Empty for the core's; undefined where the type of a resource does not tell. */
	readonly group: string | undefined;
	/** Undefined where the type of a resource does not tell. */
	readonly version: string | undefined;
	/** As the API writes it. Of a typed resource, in small letters. */
	readonly kind: string;
}

/**
 * Whether an object of a kind can be written. `not served` comes with the versions that have the kind, as an object
 * would name them, the preferred one first.
 */
export type Service =
	| { readonly is: "served" }
	| { readonly is: "unknown"; readonly because: string }
	| { readonly is: "not served"; readonly as: readonly string[] };

/**
 * What a list of aggregated discovery says.
 *
 * @param lists `APIGroupDiscoveryList`s, of the core and of the groups
 */
export function servedKinds(lists: readonly Json[]): Map<string, ServedVersion[]> {
	const items = lists.flatMap((list) => blocks(block(list).items, "").map((one) => one.block));
	return new Map(
		items.map(({ metadata, versions }) => [
			plain(block(metadata).name) ?? "",
			blocks(versions, "").map((one) => versionOf(one.block)),
		]),
	);
}

function versionOf({ version, resources, freshness }: Block): ServedVersion {
	const kinds = blocks(resources, "").flatMap((one) => plain(block(one.block.responseKind).kind) ?? []);
	return { version: plain(version) ?? "", kinds: new Set(kinds), complete: freshness === "Current" };
}

/** Versions of a group that an older server names in its list of groups, to be asked one by one. */
export function versionsToAsk(list: Json): { readonly group: string; readonly version: string }[] {
	const core = block(list).versions;
	if (Array.isArray(core)) return core.map((version) => ({ group: "", version: String(version) }));
	return blocks(block(list).groups, "").flatMap(({ block: { name, versions } }) =>
		blocks(versions, "").map((one) => ({
			group: plain(name) ?? "",
			version: plain(one.block.version) ?? "",
		})),
	);
}

/** A version as an `APIResourceList` has it. @param list undefined when there is no such answer */
export function versionFromList(version: string, list: Json | undefined): ServedVersion {
	const resources = block(list).resources;
	const kinds = blocks(resources, "").flatMap(({ block: { name, kind } }) =>
		plain(name)?.includes("/") ? [] : (plain(kind) ?? []),
	);
	return { version, kinds: new Set(kinds), complete: Array.isArray(resources) };
}

/** Whether objects of a kind can be written. */
export function serviceOf(served: ServedKinds, { group, version, kind }: ApiKind): Service {
	const named = (one: string) => one === kind || (group === undefined && one.toLowerCase() === kind);
	const groups = [...served].filter(([name]) =>
		group === undefined ? isOfKubernetes(name) : name === group,
	);
	const versions = groups.flatMap(([name, all]) => all.map((one) => ({ ...one, group: name })));
	const having = versions.filter(({ kinds }) => [...kinds].some(named));
	if (having.some((one) => version === undefined || one.version === version)) return { is: "served" };
	const silent = versions.find((one) => !one.complete && (version === undefined || one.version === version));
	if (silent !== undefined) return { is: "unknown", because: apiVersion(silent) };
	return { is: "not served", as: [...new Set(having.map(apiVersion))] };
}

/** `policy/v1`, and `v1` of the core. */
export function apiVersion({ group, version }: { readonly group: string; readonly version: string }): string {
	return group === "" ? version : `${group}/${version}`;
}

/** Groups that typed resources are of: those of Kubernetes itself, which are the only ones without a domain of others. */
function isOfKubernetes(group: string): boolean {
	return !group.includes(".") || group.endsWith(".k8s.io");
}
