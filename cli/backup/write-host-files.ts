import { chmod, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Site } from "../../config/schema/site.ts";
import {
	type BackupPlace,
	backupFiles,
	backupScript,
	neededCommands,
} from "../../constructs/storage/backup/host-files.ts";
import { UsageError } from "../../terminal/usage-error.ts";

const beside = ["install.sh", "needs"];

/**
 * Writes the files of a machine below `<folder>/root`, and beside them the program that installs them.
 *
 * @returns the paths on that machine
 * @throws UsageError when the folder holds anything that this did not write
 */
export async function writeHostFiles(
	site: Site,
	folder: string,
	place: BackupPlace = "host",
): Promise<string[]> {
	const present: string[] = await readdir(folder).catch(() => []);
	const foreign = present.find(
		(name) => !beside.includes(name) && (name !== "root" || !present.includes("install.sh")),
	);
	if (foreign !== undefined)
		throw new UsageError(`${folder} holds ${foreign}, which is not of an earlier run`, "name a new folder");
	await rm(join(folder, "root"), { recursive: true, force: true });
	const files = backupFiles(site, place);
	for (const [path, { text, mode }] of Object.entries(files))
		await write(join(folder, "root", path), text, mode);
	await write(join(folder, "install.sh"), backupScript("install.sh"), 0o755);
	await write(join(folder, "needs"), `${neededCommands[place].join("\n")}\n`, 0o644);
	return Object.keys(files);
}

async function write(path: string, text: string, mode: number): Promise<void> {
	await mkdir(dirname(path), { recursive: true });
	await writeFile(path, text);
	await chmod(path, mode);
}
