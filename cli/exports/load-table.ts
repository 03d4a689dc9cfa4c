import { readFileSync } from "node:fs";
import type { Target } from "../../clients/host/target.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import type { TableEntry } from "../../constructs/storage/exports/export-table.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { parseTable } from "./parse-table.ts";

const script = readFileSync(new URL("./load-table.sh", import.meta.url), "utf8");

/** What the real exportfs makes of a text, tried where it touches nothing. */
export interface LoadedTable {
	/** Everything that exportfs says; each is a failure, whatever its exit code. */
	readonly complaints: readonly string[];
	readonly entries: readonly TableEntry[];
	/** The table as exportfs keeps it. */
	readonly etab: string;
}

/**
 * Has the exportfs of a machine load a text in a mount namespace of its own.
 *
 * @param directories paths that shall exist meanwhile, for exportfs complains about others
 * @throws UsageError when the machine lacks what that takes
 */
export async function loadTable(
	target: Target,
	text: string,
	directories: readonly string[],
): Promise<LoadedTable> {
	await requireExportfs(target);
	const command = ["unshare", "--mount", "sh", "-c", script, "load-table", ...directories];
	const { code, stdout, stderr } = await target.run(command, text);
	if (code > 1) throw new VisibleError(`${target.name}: no place to try the table in: ${stderr.trim()}`);
	const complaints = paragraphs(stderr);
	if (code !== 0 && complaints.length === 0) complaints.push(`exportfs failed with ${code}`);
	return { complaints, entries: parseTable(stdout), etab: stdout };
}

/** Directories that an unknown text exports, as exportfs reads it. */
export async function exportedPaths(target: Target, text: string): Promise<string[]> {
	const { entries } = await loadTable(target, text, []);
	return [...new Set(entries.map(({ path }) => path))];
}

const missingProgram = 69;
const missingPrivilege = 77;
const probe = `PATH=$PATH:/usr/sbin:/sbin
for program in exportfs unshare chroot; do
	command -v "$program" >/dev/null || { echo "$program"; exit ${missingProgram}; }
done
unshare --mount true || exit ${missingPrivilege}`;

async function requireExportfs(target: Target): Promise<void> {
	const { code, stdout, stderr } = await target.run(["sh", "-c", probe]);
	if (code === missingProgram)
		throw new UsageError(
			`${stdout.trim()}: not found on ${target.name}, and nothing else can tell what the table would be`,
			"apt-get install nfs-kernel-server util-linux enables it; the server itself need not run",
		);
	if (code !== 0)
		throw new UsageError(
			`${target.name} refuses a mount namespace, which keeps exportfs away from the machine's own table`,
			`run it as root (${stderr.trim()})`,
		);
}

/** Messages of exportfs, lines that go on with a space joined to the one before. */
function paragraphs(stderr: string): string[] {
	return stderr
		.replace(/\n\s+(?=\S)/g, " ")
		.split("\n")
		.map((text) => text.replace(/^exportfs:\s*/, "").trim())
		.filter((text) => text !== "");
}
