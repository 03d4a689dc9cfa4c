import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Site } from "../../config/schema/site.ts";
import { backupScript, hostBackupFiles } from "../../constructs/storage/backup/host-files.ts";

/**
 * Writes the files of the storage host below `<folder>/root`, and beside them the program that installs them.
 *
 * @returns the paths on the host
 */
export async function writeHostFiles(site: Site, folder: string): Promise<string[]> {
	await rm(join(folder, "root"), { recursive: true, force: true });
	const files = hostBackupFiles(site);
	for (const [path, { text, mode }] of Object.entries(files))
		await write(join(folder, "root", path), text, mode);
	await write(join(folder, "install.sh"), backupScript("install.sh"), 0o755);
	return Object.keys(files);
}

async function write(path: string, text: string, mode: number): Promise<void> {
	await mkdir(dirname(path), { recursive: true });
	await writeFile(path, text);
	await chmod(path, mode);
}
