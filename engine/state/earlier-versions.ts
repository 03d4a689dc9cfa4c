import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Disk, disk as realDisk } from "./disk.ts";
import { decrypt, encrypt } from "./sops.ts";
import { headOfState } from "./state-head.ts";

/** A version of a state that is kept besides the stored one. */
export interface EarlierVersion {
	readonly serial: number;
	readonly file: string;
}

/** Folder of the versions before, in that of the stack's state. */
const earlierFolder = "earlier";
/** How many of them are kept, the newest. */
export const keptVersions = 10;

/** Versions in the folder of a stack's state, the newest first. */
export function earlierVersions(folder: string): EarlierVersion[] {
	const earlier = join(folder, earlierFolder);
	return (existsSync(earlier) ? readdirSync(earlier) : [])
		.flatMap((name) => {
			const [, serial] = /^(\d+)-[0-9a-f]+\.tfstate(\.enc)?$/.exec(name) ?? [];
			return serial === undefined ? [] : [{ serial: Number(serial), file: join(earlier, name) }];
		})
		.sort((one, other) => other.serial - one.serial || one.file.localeCompare(other.file));
}

/** Name of the file of a version. */
export function earlierFile(
	folder: string,
	{ serial, digest }: { readonly serial: number; readonly digest: string },
	ending: string,
): string {
	return join(folder, earlierFolder, `${serial}-${digest.slice(0, 8)}.tfstate${ending}`);
}

/**
 * Keeps a version of a state that Terraform stores itself: encrypted where the site keeps states of tier 0 so, else in
 * the clear as those are, readable by this user only.
 *
 * @param recipients public keys of age; undefined where states are kept in the clear
 */
export async function keepVersion(
	folder: string,
	text: string,
	{
		recipients,
		disk = realDisk,
	}: { readonly recipients: readonly string[] | undefined; readonly disk?: Disk },
): Promise<void> {
	const file = earlierFile(folder, headOfState(text), recipients === undefined ? "" : ".enc");
	if (existsSync(file)) return;
	mkdirSync(join(folder, earlierFolder), { recursive: true });
	// Of a run that was killed.
	for (const name of readdirSync(join(folder, earlierFolder)))
		if (name.endsWith(".part")) disk.remove(join(folder, earlierFolder, name));
	disk.write(
		`${file}.part`,
		recipients === undefined ? text : (await encrypt(text, { age: recipients })).text,
	);
	disk.rename(`${file}.part`, file);
	for (const { file: old } of earlierVersions(folder).slice(keptVersions)) disk.remove(old);
}

/** A kept copy in the clear. @throws SopsError when this user cannot open it */
export async function openVersion({ file }: Pick<EarlierVersion, "file">): Promise<string> {
	const text = readFileSync(file, "utf8");
	return file.endsWith(".enc") ? decrypt(text) : text;
}
