import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { projectRoot } from "../config/project-root.ts";
import { journalFile } from "../engine/state/journal.ts";
import { heldObjects, siteOfState } from "../engine/state-file.ts";
import { UsageError } from "../terminal/usage-error.ts";
import { labFolder, writeProcesses } from "./lab-state.ts";
import { keptEntries, readOwner } from "./owner.ts";

/** Files that the lab makes in its folder. Other files there belong to the user and are kept. */
const labEntries = [
	...keptEntries,
	"certificate",
	"control-plane",
	"dns-api.json",
	"home",
	"lab.json",
	"lab.json.part",
	"logs",
	"nodes",
	"postgres",
	"processes.json",
	"processes.json.part",
	"products",
	"site.json",
	"stages.yaml",
	"vault",
	"vault.hcl",
];

/** Whether a lab was started in the folder, even if the start failed. */
export const isLabFolder = () => existsSync(join(labFolder, "processes.json"));

/**
 * Makes the folder of the lab and the home folder of its programs.
 *
 * @throws UsageError when the folder holds other files
 */
export function makeLabFolder(): void {
	const found = existsSync(labFolder)
		? readdirSync(labFolder).filter((name) => labEntries.includes(name) && !belongsToOwner(name))
		: [];
	if (found.length > 0)
		throw new UsageError(
			`${named(labFolder)} is no folder of a lab, and ${found.join(", ")} in it would be in the way`,
			"move that elsewhere, or name another folder in INFRA_LAB",
		);
	mkdirSync(join(labFolder, "home"), { recursive: true, mode: 0o700 });
	writeProcesses([]);
}

/** Whether a file outlives a lab that is lost; those of another lab do not. */
const belongsToOwner = (name: string) =>
	readOwner() !== undefined && (name === "processes.json" || keptEntries.includes(name));

/** Removes what a fire takes: everything but what the owner of a bare lab has outside of it. */
export function removeLostFiles(): void {
	for (const name of labEntries)
		if (!keptEntries.includes(name)) rmSync(join(labFolder, name), { recursive: true, force: true });
	writeProcesses([]);
}

/**
 * Removes the files of the lab, its states included.
 *
 * @returns files that are not the lab's and were kept
 */
export function removeLabFiles(): readonly string[] {
	for (const name of labEntries) rmSync(join(labFolder, name), { recursive: true, force: true });
	const left = existsSync(labFolder) ? readdirSync(labFolder) : [];
	if (left.length === 0 && existsSync(labFolder)) rmdirSync(labFolder);
	return left;
}

/** @throws UsageError when a state in the folder holds objects of another site */
export function requireOwnStates(): void {
	const own = siteName();
	for (const name of globSync("state/**/*", { cwd: labFolder, withFileTypes: true })) {
		const file = join(name.parentPath, name.name);
		if (!name.isFile() || isAside(name.name)) continue;
		const owner = foreignOwner(file, own);
		if (owner !== undefined)
			throw new UsageError(
				`${named(file)} is a state of ${owner}, not of the lab: nothing was stopped or removed`,
				"move it elsewhere, and name its folder in the state of its site; then again",
			);
	}
}

/** Site of a state, when that is not the lab; a state that cannot be read counts as not the lab's. */
function foreignOwner(file: string, own: string | undefined): string | undefined {
	const text = readFileSync(file, "utf8");
	try {
		if (heldObjects(text) === 0) return undefined;
		const owner = siteOfState(text);
		if (owner === own && owner !== undefined) return undefined;
		return owner === undefined ? "an unknown site" : `site ${owner}`;
	} catch {
		return "something else";
	}
}

/** Whether a file lies beside a state, which is checked itself: Terraform's backup or lock, or the journal. */
function isAside(name: string): boolean {
	return name.endsWith(".tfstate.backup") || name.endsWith(".lock.info") || name === journalFile;
}

/** Name of the lab's site, which differs from that of any other lab. */
function siteName(): string | undefined {
	const file = join(labFolder, "site.json");
	const owner = readOwner();
	if (owner !== undefined) return owner.site;
	return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { name: string }).name : undefined;
}

function named(file: string): string {
	const path = relative(projectRoot, file);
	return path.startsWith("..") ? file : path;
}
