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

/** Keys of age that a site encrypts for. @throws UsageError when it names none */
export function recipientsOf({ name, state: { tier0 } }: Pick<Site, "name" | "state">): readonly string[] {
	if (tier0.kind === "encrypted") return tier0.recipients;
	throw new UsageError(
		`site ${name} names no keys of age to encrypt for`,
		"state.tier0 of the kind encrypted has them, as in the site home",
	);
}

/**
 * Opens a file of `secrets/` in the editor of the user; a new one is made. What the editor has open is in memory alone.
 *
 * @param name of the file below `secrets/`, such as `providers.yaml`
 */
export async function editSecrets(
	name: string,
	recipients: readonly string[],
	root = projectRoot,
): Promise<void> {
	const folder = join(root, "secrets");
	if (!/^[\w-][\w.-]*\.(yaml|json)$/.test(name))
		throw new UsageError(`secrets/${name}: expected the name of a file that ends in .yaml or .json`);
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
	if (code !== 0 && code !== 200) throw new UsageError(`secrets/${name} is as it was`);
}

/** Encrypts every file of `secrets/` for these keys alone, with a new key of its own. @returns their paths */
export async function rotateSecrets(recipients: readonly string[], root = projectRoot): Promise<string[]> {
	const folder = join(root, "secrets");
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
