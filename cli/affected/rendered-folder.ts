import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { Json, StackDocument } from "../../world/world.ts";
import type { RenderedStack } from "./renderings.ts";

/** How documents spell the root of the checkout. */
const fromFolder = "../../../";

/**
 * A document as a rendering.
 *
 * @param tree root of the checkout that it was made from
 * @param tracked whether a path of the checkout belongs to the revision
 */
export function renderedStack(
	document: StackDocument["json"],
	lock: string,
	tree: string,
	tracked: (path: string) => boolean,
): RenderedStack {
	const named = [...new Set(textsOf(document as Json))]
		.filter((text) => text.startsWith(fromFolder) && !text.includes("${"))
		.map((text) => relative(tree, resolve(tree, text.slice(fromFolder.length))))
		.filter((path) => path !== "" && !path.startsWith("..") && existsSync(join(tree, path)) && tracked(path));
	return {
		document,
		lock,
		files: Object.fromEntries(named.sort().map((path) => [path, digestOf(join(tree, path))])),
	};
}

function* textsOf(value: Json | undefined): Iterable<string> {
	if (typeof value === "string") yield value;
	else if (typeof value === "object" && value !== null)
		for (const item of Object.values(value)) yield* textsOf(item);
}

/** Digest of a file, or of all files in a folder with their names. */
function digestOf(path: string): string {
	const hash = createHash("sha256");
	for (const file of filesIn(path))
		hash
			.update(`${relative(path, file)}\0`)
			.update(readFileSync(file))
			.update("\0");
	return hash.digest("hex");
}

function filesIn(path: string): string[] {
	if (!statSync(path).isDirectory()) return [path];
	return readdirSync(path)
		.sort()
		.flatMap((name) => filesIn(join(path, name)));
}
