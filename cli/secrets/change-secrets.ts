import { spawn } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync } from "node:fs";
import { basename, delimiter, dirname, join, relative } from "node:path";
import { programCache } from "../../clients/host/program-cache.ts";
import { projectRoot } from "../../config/project-root.ts";
import type { Site } from "../../config/schema/site.ts";
import { disk } from "../../engine/state/disk.ts";
import { memoryFolder } from "../../engine/state/memory-folder.ts";
import { decryptFile, encryptFile } from "../../engine/state/sops.ts";
import { UsageError } from "../../terminal/usage-error.ts";

/** What a site keeps encrypted in files, and for whom. */
export interface SecretsOfSite {
	/** Folder of its secrets, relative to the root of the repository. */
	readonly folder: string;
	/** Folder of its states. */
	readonly states: string;
	/** Public keys of age. */
	readonly recipients: readonly string[];
}

/** @returns undefined for a site that names no keys of age */
export function secretsIn({
	name,
	state: { tier0 },
}: Pick<Site, "name" | "state">): SecretsOfSite | undefined {
	if (tier0.kind !== "encrypted") return undefined;
	const { secrets = `secrets/${name}`, directory: states, recipients } = tier0;
	return { folder: secrets, states, recipients };
}

/** @throws UsageError for a site that names no keys of age */
export function secretsOf(site: Pick<Site, "name" | "state">): SecretsOfSite {
	const secrets = secretsIn(site);
	if (secrets !== undefined) return secrets;
	throw new UsageError(
		`site ${site.name} names no keys of age to encrypt for`,
		"state.tier0 of the kind encrypted has them, as in the site home",
	);
}

/**
 * Opens a secret of a site in the editor of the user; a new one is made. What the editor has open is in memory alone.
 *
 * @param name of the file in the site's folder, such as `providers.yaml`
 */
export async function editSecrets(
	name: string,
	{ folder: own, recipients }: SecretsOfSite,
	root = projectRoot,
): Promise<void> {
	const folder = join(root, own);
	if (!/^[\w-][\w.-]*\.(yaml|json)$/.test(name))
		throw new UsageError(`${own}/${name}: expected the name of a file that ends in .yaml or .json`);
	mkdirSync(folder, { recursive: true });
	const file = join(folder, name);
	const env = Object.fromEntries(
		Object.entries(process.env).filter(
			([key]) => !key.startsWith("SOPS_") || key.startsWith("SOPS_AGE_KEY") || key === "SOPS_EDITOR",
		),
	);
	const child = spawn("sops", ["edit", "--age", recipients.join(","), file], {
		cwd: "/",
		stdio: "inherit",
		env: { ...env, TMPDIR: memoryFolder(folder), PATH: `${process.env.PATH}${delimiter}${programCache}` },
	});
	const code = await new Promise<number>((resolve, reject) => {
		child.on("error", reject).on("exit", (status) => resolve(status ?? 1));
	});
	// 200: nothing was changed.
	if (code !== 0 && code !== 200) throw new UsageError(`${own}/${name} is as it was`);
}

/** Encrypts every secret of a site for its keys alone, with a new key of its own. @returns their paths */
export async function rotateSecrets(
	{ folder: own, recipients }: SecretsOfSite,
	root = projectRoot,
): Promise<string[]> {
	const folder = join(root, own);
	const files = existsSync(folder) ? globSync("**/*.{yaml,yml,json,enc}", { cwd: folder }).sort() : [];
	const done: string[] = [];
	for (const name of files) {
		const file = join(folder, name);
		const type = name.endsWith(".json") ? "json" : name.endsWith(".enc") ? "binary" : "yaml";
		const plain = await decryptFile(readFileSync(file, "utf8"), type);
		const part = join(dirname(file), `.${basename(file)}.part`);
		disk.write(part, await encryptFile(plain, type, recipients));
		disk.rename(part, file);
		done.push(relative(root, file));
	}
	return done;
}
