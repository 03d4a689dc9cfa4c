import { globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { schemasIn } from "../schema/committed.ts";
import { renderModules } from "./modules.ts";
import { refuseUnknownImports } from "./unknown-imports.ts";

export interface WriteOptions {
	/** Only report what would be written. @default false */
	readonly check?: boolean;
}

/**
 * Brings `providers/<name>/lib` up to date with the kept schemas. Each file takes its place as a whole, and the same
 * schema always makes the same text: two runs at a time, or one that was interrupted, leave nothing that the next does
 * not put right.
 *
 * @returns paths of the files that were, or would be, written or removed, relative to `root`
 * @throws BindingsError naming every import of a class that the kept schemas do not hold
 */
export function writeBindings(root: string, { check = false }: WriteOptions = {}): string[] {
	const schemas = schemasIn(join(root, "providers/schemas"));
	const wanted = new Map<string, string>();
	for (const [provider, schema] of schemas)
		for (const [path, text] of renderModules(provider, schema))
			wanted.set(`providers/${provider}/lib/${path}`, text);
	const changed: string[] = [];
	for (const [path, text] of wanted) {
		if (read(join(root, path)) === text) continue;
		changed.push(path);
		if (!check) replace(join(root, path), text);
	}
	for (const path of globSync("providers/*/lib/*/*", { cwd: root }))
		if (!wanted.has(path)) {
			changed.push(path);
			if (!check) remove(join(root, path));
		}
	refuseUnknownImports(root, schemas);
	return changed.sort();
}

function read(file: string): string | undefined {
	try {
		return readFileSync(file, "utf8");
	} catch {
		return undefined;
	}
}

function replace(file: string, text: string): void {
	mkdirSync(dirname(file), { recursive: true });
	// Outside the modules, where another run would take it for a stale one.
	const part = join(dirname(dirname(file)), `.${process.pid}`);
	writeFileSync(part, text);
	renameSync(part, file);
}

/** Removes a module of a type that is no longer kept, and its folder with the last. */
function remove(file: string): void {
	rmSync(file, { force: true });
	try {
		if (readdirSync(dirname(file)).length === 0) rmSync(dirname(file), { recursive: true, force: true });
	} catch {
		// Another run has removed it.
	}
}
