import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMap, isSeq, parseDocument } from "yaml";
import { z } from "zod";
import { VisibleError } from "../../config/schema/visible-error.ts";

const text = z.string().min(1);

/** What is done with one object. */
const entrySchema = z
	.strictObject({
		/** What tells the object from every other one; for the reader. */
		is: text.optional(),
		/** State that has it; absent for what is in the cluster alone. */
		state: text.optional(),
		/** Its address there. */
		from: text.optional(),
		/** Address that it gets in the stack's state. */
		to: text.optional(),
		how: z.enum(["move", "retype", "import", "leave", "ask"]),
		/** What the importer takes; it is looked up when it is absent. */
		id: text.optional(),
		/** Somebody has seen that it is another thing than what a stack makes beside it. */
		unrelated: z.boolean().optional(),
		reason: z.string().optional(),
	})
	.superRefine((entry, context) => {
		const { how, state, from, to } = entry;
		const wrong = (message: string) => context.addIssue({ code: "custom", message });
		if ((state === undefined) !== (from === undefined)) wrong("state and from go together");
		if (how !== "import" && from === undefined) wrong(`how: ${how} needs a state and from`);
		if ((how === "move" || how === "retype" || how === "import") && to === undefined)
			wrong(`how: ${how} needs the address in to`);
		if ((how === "leave" || how === "ask") && to !== undefined) wrong(`how: ${how} has no to`);
	});

const mapSchema = z.strictObject({
	site: text,
	/** Absent in the file of what no stack takes. */
	stack: text.optional(),
	/** States that the objects come from. */
	states: z.array(text),
	objects: z.array(entrySchema),
});

export type MapEntry = z.infer<typeof entrySchema>;
export type AdoptionMap = z.infer<typeof mapSchema>;

/** Name of the file of what no stack takes. */
export const leftBehind = "left-behind";

const head = ` What happens to the objects of older states. Written by infra adopt map, and yours to edit: an entry that is here stays as
 it is when the map is made again. how: move (to another state), retype (to the other type of the same implementation),
 import (read from the world), leave (in its state), ask (nobody has decided).`;

/** @throws VisibleError with the place, for a file that is no map */
export function readMap(folder: string, name: string): AdoptionMap | undefined {
	const file = join(folder, `${name}.yaml`);
	if (!existsSync(file)) return undefined;
	const document = parseDocument(readFileSync(file, "utf8"));
	const [error] = document.errors;
	if (error !== undefined) throw new VisibleError(`${file}: ${error.message}`);
	const parsed = mapSchema.safeParse(document.toJS());
	if (parsed.success) return parsed.data;
	throw new VisibleError(
		parsed.error.issues.map(({ path, message }) => `${file}: ${path.join(".")}: ${message}`).join("\n"),
	);
}

/** The maps of a folder: those of stacks, and the one of what none takes. */
export function readMaps(folder: string): AdoptionMap[] {
	const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".yaml")) : [];
	return names.sort().flatMap((name) => readMap(folder, name.replace(/\.yaml$/, "")) ?? []);
}

/** What tells entries apart: the object in its state, or the address that something of the cluster gets. */
export const keyOf = ({ state, from, to }: MapEntry) =>
	from === undefined ? `to ${to}` : `${state} ${from}`;

/**
 * Writes a map. Entries of the file that are in the map stay as they are, comments included; others are removed.
 *
 * @returns the file, and whether it has changed
 */
export function writeMap(folder: string, name: string, map: AdoptionMap): { file: string; changed: boolean } {
	const file = join(folder, `${name}.yaml`);
	const before = existsSync(file) ? readFileSync(file, "utf8") : "";
	const document = parseDocument(before);
	if (before === "") {
		document.contents = document.createNode({ ...map, objects: [] }) as typeof document.contents;
		document.commentBefore = head;
	}
	document.set("states", map.states);
	const list = document.get("objects");
	const kept = new Map<string, unknown>();
	for (const item of isSeq(list) ? list.items : [])
		if (isMap(item)) kept.set(keyOf(item.toJSON() as MapEntry), item);
	const nodes = map.objects.map((entry) => kept.get(keyOf(entry)) ?? document.createNode(entry));
	if (isSeq(list)) {
		list.items = nodes;
		list.flow = false;
	} else document.set("objects", nodes);
	const text = document.toString({ lineWidth: 0 });
	if (text !== before) {
		mkdirSync(folder, { recursive: true });
		writeFileSync(file, text);
	}
	return { file, changed: text !== before };
}
