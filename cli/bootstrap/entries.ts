import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { decryptFile } from "../../engine/state/sops.ts";
import { UsageError } from "../../terminal/usage-error.ts";

/** Values of Vault's entries, by path and key. */
export type Entries = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Both, where each has a key the second. */
export function merged(one: Entries, other: Entries): Entries {
	const paths = new Set([...Object.keys(one), ...Object.keys(other)]);
	return Object.fromEntries([...paths].map((path) => [path, { ...one[path], ...other[path] }]));
}

/** Those of some paths. */
export function only(entries: Entries, paths: ReadonlySet<string>): Entries {
	return Object.fromEntries(Object.entries(entries).filter(([path]) => paths.has(path)));
}

/**
 * Reads values from a file of YAML or JSON, in the clear or encrypted by SOPS: entries with their keys.
 *
 * @param file `-` for the standard input
 * @throws UsageError for everything else
 */
export async function readEntries(file: string): Promise<Entries> {
	const name = file === "-" ? "the standard input" : file;
	const text = readFileSync(file === "-" ? 0 : file, "utf8");
	const content = parsed(text, name);
	const isEncrypted = typeof content.sops === "object" && content.sops !== null;
	const type = text.trimStart().startsWith("{") ? "json" : "yaml";
	const values = isEncrypted ? parsed(await decryptFile(text, type), name) : content;
	const wrong = Object.entries(values).flatMap(([path, entry]) => problemsOf(path, entry));
	if (wrong.length > 0) throw new UsageError([`${name}: no values of entries`, ...wrong].join("\n"), shape);
	return values as Entries;
}

const shape = "an entry is a path with its keys, such as  platform: {smtp_password: ...}";

function parsed(text: string, name: string): Readonly<Record<string, unknown>> {
	let content: unknown;
	try {
		content = parse(text);
	} catch {
		// What the parser says would quote the values.
		throw new UsageError(`${name}: neither YAML nor JSON`, shape);
	}
	if (typeof content === "object" && content !== null && !Array.isArray(content))
		return content as Readonly<Record<string, unknown>>;
	throw new UsageError(`${name}: no values of entries`, shape);
}

function problemsOf(path: string, entry: unknown): string[] {
	if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return [`${path} has no keys`];
	return Object.entries(entry).flatMap(([key, value]) =>
		typeof value === "string" ? [] : [`${path}: ${key} is no text; put it in quotes`],
	);
}
