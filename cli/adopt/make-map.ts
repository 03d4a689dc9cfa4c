import { parseState } from "../../engine/state/rewrite/state-document.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { World } from "../../world/world.ts";
import { findInWorld } from "./look.ts";
import { type AdoptionMap, keyOf, leftBehind, type MapEntry, readMaps, writeMap } from "./map-file.ts";
import { newObjects, type OldObject, oldObjects } from "./objects.ts";
import { openSource } from "./source.ts";
import { type Suggestion, suggest } from "./suggest.ts";

export interface Scanned {
	readonly suggestions: readonly Suggestion[];
	/** Why a part of the world could not be asked. */
	readonly errors: readonly string[];
}

/**
 * Matches the objects of older states, and those of the world, with what stacks declare. Nothing is written.
 *
 * @param states as `openSource` takes them
 * @param held objects that the stacks' own states have already, by stack and address
 */
export async function scan(
	states: readonly string[],
	{ world, held }: { readonly world: World; readonly held: ReadonlySet<string> },
): Promise<Scanned> {
	const old: OldObject[] = [];
	for (const name of states) old.push(...oldObjects(name, parseState(await openSource(name).read())));
	const declared = newObjects(world);
	const known = new Set(old.map(({ is }) => is));
	const asked = declared.filter(
		({ is, stack, address }) => is !== undefined && !known.has(is) && !held.has(`${stack} ${address}`),
	);
	const { existing, errors } = await findInWorld(asked, world);
	return { suggestions: suggest(old, declared, { world, existing }), errors };
}

/** What scan has found, in a few words. */
export function renderScan({ suggestions }: Scanned): string {
	const count = (how: MapEntry["how"], from?: boolean) =>
		suggestions.filter(
			({ entry }) => entry.how === how && (from === undefined || (entry.from !== undefined) === from),
		).length;
	return [
		`${suggestions.length} objects`,
		`${count("move")} moved as they are`,
		`${count("retype")} retyped`,
		`${count("import", true)} imported as another type`,
		`${count("import", false)} only in the world (import)`,
		`${count("leave")} left behind`,
		`${count("ask")} need an answer`,
	]
		.join(", ")
		.replace(",", ":");
}

/**
 * Writes the maps: one a stack, and one of what none takes. An entry that a file has stays where and as it is, as long as its
 * object is in its state, and its address is declared.
 *
 * @returns what is to be said of each file
 */
export function writeMaps(
	folder: string,
	{ suggestions }: Scanned,
	{ world, states }: { readonly world: World; readonly states: readonly string[] },
): string[] {
	const site = world.site.name;
	const before = readMaps(folder);
	const foreign = before.find((map) => map.site !== site);
	if (foreign !== undefined)
		throw new UsageError(`${folder} has maps of site ${foreign.site}, and this is site ${site}`, "--folder");
	const declared = new Set(
		world.stacks.flatMap(({ stack, resources }) => resources.map(({ address }) => `${stack} ${address}`)),
	);
	const objects = new Set(suggestions.map(({ entry }) => keyOf(entry)));
	const edited = new Map<string, { readonly stack: string | undefined; readonly entry: MapEntry }>();
	for (const { stack, objects: entries } of before)
		for (const entry of entries)
			if (
				objects.has(keyOf(entry)) &&
				(entry.to === undefined || declared.has(`${stack} ${withoutIndex(entry.to)}`))
			)
				edited.set(keyOf(entry), { stack, entry });
	const merged = suggestions.map((one) => edited.get(keyOf(one.entry)) ?? one);
	const byStack = Map.groupBy(merged, ({ stack }) => stack ?? leftBehind);
	for (const { stack } of before) if (!byStack.has(stack ?? leftBehind)) byStack.set(stack ?? leftBehind, []);
	return [...byStack]
		.sort(([one], [other]) => (one < other ? -1 : 1))
		.map(([name, entries]) => {
			const map: AdoptionMap = {
				site,
				...(name !== leftBehind && { stack: name }),
				states: [...states],
				objects: entries.map(({ entry }) => entry),
			};
			const { file, changed } = writeMap(folder, name, map);
			return `${file}: ${entries.length} objects${changed ? "" : ", as it was"}`;
		});
}

const withoutIndex = (address: string) => address.replace(/\[[^\]]*\]$/, "");
