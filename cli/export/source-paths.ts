import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

/** What says which packages the code runs with. */
const manifests = ["package.json", "package-lock.json"];

/**
 * What stacks are built from, as patterns relative to the repository: the folders that the entries import from, directly
 * or not, and files beside them. Packages that are folders of the repository count.
 *
 * @param root folder of the repository
 * @param entries the file that builds all stacks, and files that it is told to read; relative to the repository
 */
export function sourcePaths(root: string, entries: readonly string[]): string[] {
	const seen = new Set<string>();
	const waiting = entries.map((entry) => join(root, entry));
	for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
		if (seen.has(file)) continue;
		seen.add(file);
		if (/\.[jt]s$/.test(file)) waiting.push(...importsOf(root, file));
	}
	const places = [...seen].map((file) => {
		const [first = "", ...rest] = relative(root, file).split(sep);
		return rest.length === 0 ? first : `${first}/**`;
	});
	return [...new Set([...places, ...manifests])].sort();
}

function importsOf(root: string, file: string): string[] {
	const text = readFileSync(file, "utf8");
	return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g)].flatMap(([, path = ""]) => {
		if (path.startsWith(".")) {
			const target = join(dirname(file), path);
			return existsSync(target) ? [target] : [];
		}
		return packageOfRepository(root, path);
	});
}

/** The manifest of a package that npm links to a folder of the repository. */
function packageOfRepository(root: string, name: string): string[] {
	const depth = name.startsWith("@") ? 2 : 1;
	const manifest = join(root, "node_modules", ...name.split("/").slice(0, depth), "package.json");
	if (!existsSync(manifest)) return [];
	const real = realpathSync(manifest);
	const within = relative(realpathSync(root), real);
	return within.startsWith("..") || within.split(sep).includes("node_modules") ? [] : [join(root, within)];
}
