import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { schemaFolder } from "./committed.ts";
import { compact } from "./compact.ts";
import { type FullSchema, type InstalledSchemasOptions, installedSchemas } from "./installed-schemas.ts";
import { typesInUse } from "./types-in-use.ts";

export interface RefreshOptions extends InstalledSchemasOptions {
	/** Folder of the repository, whose code says which types are in use. */
	readonly root: string;
	/** Names of the providers to refresh. @default all that are in use */
	readonly only?: readonly string[];
	/**
	 * Files to read instead of asking the program, for a machine that cannot install a provider: one provider of
	 * `terraform providers schema -json` each, with its `source` and `version` beside. Only these are refreshed.
	 */
	readonly from?: readonly string[];
	/** @default the committed schemas */
	readonly folder?: string;
}

/** Result for one provider. */
export interface RefreshedSchema {
	readonly provider: string;
	readonly version: string;
	/** Number of types that are kept. */
	readonly types: number;
	readonly change: "added" | "updated" | "none" | "removed";
}

/**
 * Writes the compact schemas of the providers in use anew. Either all of them are replaced, or none: every file is
 * complete before the first takes its place.
 *
 * @throws when a provider cannot be installed, or lacks a type that is in use
 */
export async function refreshSchemas(options: RefreshOptions): Promise<readonly RefreshedSchema[]> {
	const { root, only, folder = schemaFolder, signal } = options;
	const types = Map.groupBy(typesInUse(root), ({ type }) => type.split("_")[0] ?? "");
	const wanted = (name: string) => types.has(name) && (only === undefined || only.includes(name));
	const full = await (options.from === undefined
		? installedSchemas({ ...options, providers: pick(options.providers, wanted) })
		: readFiles(options.from));
	signal?.throwIfAborted();
	await mkdir(folder, { recursive: true });
	const texts = new Map<string, string | undefined>();
	const report: RefreshedSchema[] = [];
	for (const [provider, { raw, ...origin }] of full) {
		const names = types.get(provider);
		if (names === undefined) continue;
		const text = `${JSON.stringify(compact(raw, origin, names), null, "\t")}\n`;
		const before = await readFile(join(folder, `${provider}.json`), "utf8").catch(() => undefined);
		const change = before === undefined ? "added" : before === text ? "none" : "updated";
		const kept = new Set(names.map(({ mode, type }) => `${mode} ${type}`)).size;
		report.push({ provider, version: origin.version, types: kept, change });
		if (change !== "none") texts.set(provider, text);
	}
	for (const file of await readdir(folder)) {
		const provider = file.replace(/\.json$/, "");
		if (types.has(provider) || provider === file) continue;
		report.push({ provider, version: "", types: 0, change: "removed" });
		texts.set(provider, undefined);
	}
	await replaceAll(folder, texts);
	return report;
}

/** Puts every text into its file, or removes the file where there is none. */
async function replaceAll(folder: string, texts: ReadonlyMap<string, string | undefined>): Promise<void> {
	const suffix = `.${process.pid}.new`;
	try {
		for (const [name, text] of texts)
			if (text !== undefined) await writeFile(join(folder, `${name}.json${suffix}`), text);
		for (const [name, text] of texts) {
			const file = join(folder, `${name}.json`);
			await (text === undefined ? rm(file) : rename(file + suffix, file));
		}
	} finally {
		for (const name of texts.keys()) await rm(join(folder, `${name}.json${suffix}`), { force: true });
	}
}

async function readFiles(files: readonly string[]): Promise<ReadonlyMap<string, FullSchema>> {
	const full = new Map<string, FullSchema>();
	for (const file of files) {
		const { source, version, ...raw } = JSON.parse(await readFile(file, "utf8"));
		if (typeof source !== "string" || typeof version !== "string" || !("provider" in raw))
			throw new VisibleError(
				`${file}: expected an object with source, version, provider and resource_schemas`,
			);
		const [namespace, name = ""] = source.split("/").slice(-2);
		full.set(name, { source: `${namespace}/${name}`, version, raw });
	}
	return full;
}

function pick<Value>(
	record: Readonly<Record<string, Value>>,
	wanted: (name: string) => boolean,
): Record<string, Value> {
	return Object.fromEntries(Object.entries(record).filter(([name]) => wanted(name)));
}
