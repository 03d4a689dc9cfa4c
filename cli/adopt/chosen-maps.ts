import { UsageError } from "../../terminal/usage-error.ts";
import { keyOf, leftBehind, type MapEntry, readMaps } from "./map-file.ts";
import { openSource, type Source } from "./source.ts";

/** The maps that are carried out, checked against each other. */
export interface ChosenMaps {
	/** Entries by stack. */
	readonly stacks: ReadonlyMap<string, readonly MapEntry[]>;
	readonly left: readonly MapEntry[];
	readonly sources: readonly Source[];
}

/**
 * Reads the maps of a folder.
 *
 * @throws UsageError when there is none, one belongs to another site, something was not decided, or two take one object
 */
export function chosenMaps(folder: string, site: string): ChosenMaps {
	const maps = readMaps(folder);
	if (maps.length === 0)
		throw new UsageError(`there is no map in ${folder}`, "infra adopt map --state <state> writes one");
	const foreign = maps.find((map) => map.site !== site);
	if (foreign !== undefined)
		throw new UsageError(`the maps of ${folder} are of site ${foreign.site}, and this is site ${site}`);
	const all = maps.flatMap(({ stack, objects }) =>
		objects.map((entry) => ({ stack: stack ?? leftBehind, entry })),
	);
	const open = all.filter(({ entry }) => entry.how === "ask");
	if (open.length > 0)
		throw new UsageError(
			[
				"nobody has decided what happens to objects that hold data:",
				...open.map(
					({ stack, entry }) =>
						`  ${folder}/${stack}.yaml: ${entry.from} of ${entry.state}: ${entry.reason ?? ""}`,
				),
			].join("\n"),
			"write how: leave there, or move the entry into the file of a stack with the address that it gets in to",
		);
	for (const [key, group] of [
		...Map.groupBy(all, ({ entry }) => keyOf(entry)),
		...Map.groupBy(
			all.filter(({ entry }) => entry.to !== undefined),
			({ stack, entry }) => `${stack} ${entry.to}`,
		),
	])
		if (group.length > 1)
			throw new UsageError(
				`${key} is in ${group.map(({ stack }) => `${folder}/${stack}.yaml`).join(" and in ")}: one object has one owner`,
			);
	const stray = all.find(({ stack, entry }) => stack === leftBehind && entry.how !== "leave");
	if (stray !== undefined)
		throw new UsageError(
			`${folder}/${leftBehind}.yaml: ${keyOf(stray.entry)}: how: ${stray.entry.how} belongs into the file of the stack that takes it`,
		);
	const names = [...new Set(maps.flatMap(({ states }) => states))];
	return {
		stacks: new Map(
			maps.flatMap(({ stack, objects }) => (stack === undefined ? [] : [[stack, objects] as const])),
		),
		left: all.filter(({ entry }) => entry.how === "leave").map(({ entry }) => entry),
		sources: names.map(openSource),
	};
}
