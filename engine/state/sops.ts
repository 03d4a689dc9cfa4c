import { spawn } from "node:child_process";
import { delimiter } from "node:path";
import { programCache } from "../../clients/host/program-cache.ts";
import { loginVariables } from "../../clients/vault/access.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { UsageError } from "../../terminal/usage-error.ts";

/** Who can open what is encrypted. */
export interface Recipients {
	/** Public keys of age; at least one. */
	readonly age: readonly string[];
	/** Key of Vault's transit engine: `https://vault.example.org/v1/transit/keys/NAME`. @default none */
	readonly transit?: string | undefined;
}

export interface Encrypted {
	/** A file of SOPS, of the type binary: `sops decrypt FILE` gives the same bytes again. */
	readonly text: string;
	/** Why Vault's key is not among the recipients; undefined when it is, or when none was asked for. */
	readonly withoutTransit?: string;
}

/** SOPS could not do its work. */
export class SopsError extends VisibleError {
	override readonly name: string = "SopsError";
}

export class SopsMissing extends UsageError {
	constructor() {
		super(
			"sops is not on the PATH, and the state is kept encrypted with it",
			"infra lab build --all, or install it",
		);
	}
}

/** Milliseconds after which SOPS is ended: Vault may not answer. */
const longest = 60_000;

/**
 * Encrypts bytes. What they are encrypted for is what is named here, whatever the environment and a `.sops.yaml` say.
 * A Vault that does not do its part must not cost a state: then it is encrypted for the keys of age alone.
 *
 * The type is binary, since the type JSON changes numbers, leaves values in the clear whose key ends in `_unencrypted`,
 * and all keys.
 *
 * @throws SopsError; UsageError when SOPS is missing
 */
export async function encrypt(plain: string, { age, transit }: Recipients): Promise<Encrypted> {
	const args = ["encrypt", "--input-type", "binary", "--filename-override", "state.enc"];
	const forAge = [...args, "--age", age.join(",")];
	if (transit === undefined) return { text: await sops(forAge, plain, isNoSetting) };
	try {
		return { text: await sops([...forAge, "--hc-vault-transit", transit], plain, isNoSetting) };
	} catch (error) {
		if (!(error instanceof SopsError)) throw error;
		return { text: await sops(forAge, plain, isNoSetting), withoutTransit: error.message };
	}
}

/**
 * Opens a file of SOPS, with the keys of age of this user (`SOPS_AGE_KEY_FILE`, else `~/.config/sops/age/keys.txt`) or
 * the login to Vault.
 *
 * @throws SopsError; UsageError when SOPS is missing
 */
export function decrypt(text: string): Promise<string> {
	const type = typeOf(text);
	return sops(
		["decrypt", "--input-type", type, "--output-type", type, "--filename-override", "state.enc"],
		text,
		() => true,
	);
}

/** A file of another type than a state. @throws as `decrypt` */
export function decryptFile(text: string, type: SopsType): Promise<string> {
	return sops(
		["decrypt", "--input-type", type, "--output-type", type, "--filename-override", "file"],
		text,
		() => true,
	);
}

/** The same, encrypted for keys of age, and for a key of Vault's transit engine where one is named. @throws as `encrypt` */
export function encryptFile(
	plain: string,
	type: SopsType,
	age: readonly string[],
	transit?: string,
): Promise<string> {
	const types = ["--input-type", type, "--output-type", type === "binary" ? "json" : type];
	const more = transit === undefined ? [] : ["--hc-vault-transit", transit];
	return sops(
		["encrypt", ...types, "--filename-override", "file", "--age", age.join(","), ...more],
		plain,
		isNoSetting,
	);
}

export type SopsType = "binary" | "json" | "yaml";

/** Files of other programs may have the state as a tree, with values encrypted one by one. */
function typeOf(text: string): "binary" | "json" {
	try {
		return "lineage" in JSON.parse(text) ? "json" : "binary";
	} catch {
		return "binary";
	}
}

/** Whether a variable leaves it to the caller what is encrypted for whom. */
const isNoSetting = (name: string) => !name.startsWith("SOPS_");

/**
 * Runs SOPS with pipes alone: the plain text is in no file. Ctrl-C does not reach it, since the state of an interrupted
 * apply has to be written.
 */
function sops(args: readonly string[], input: string, keep: (variable: string) => boolean): Promise<string> {
	const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => keep(name)));
	const child = spawn("sops", [...args], {
		// A .sops.yaml is looked for from here on upwards.
		cwd: "/",
		env: {
			VAULT_CLIENT_TIMEOUT: "10",
			VAULT_MAX_RETRIES: "1",
			...env,
			...loginVariables(),
			PATH: `${process.env.PATH}${delimiter}${programCache}`,
		},
		stdio: ["pipe", "pipe", "pipe"],
		detached: true,
	});
	// Not spawn's own `timeout`: where the program is missing, that keeps this process waiting for it.
	const timer = setTimeout(() => child.kill("SIGKILL"), longest);
	const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
	child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
	child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
	child.stdin.on("error", () => {}).end(input);
	return new Promise<string>((resolve, reject) => {
		child.on("error", ({ code, message }: NodeJS.ErrnoException) =>
			reject(code === "ENOENT" ? new SopsMissing() : new SopsError(`sops: ${message}`)),
		);
		child.on("close", (code) =>
			code === 0 ? resolve(Buffer.concat(stdout).toString("utf8")) : reject(failure(code, stderr)),
		);
	}).finally(() => clearTimeout(timer));
}

/** The lines in which SOPS says why; it repeats itself, and gives advice in between. */
function failure(code: number | null, stderr: readonly Buffer[]): SopsError {
	if (code === null) return new SopsError(`sops has not ended within ${longest / 1000} s`);
	const lines = Buffer.concat(stderr)
		.toString("utf8")
		.split("\n")
		.map((line) => line.replace(/[\s|]+/g, " ").trim())
		.filter((line) => line !== "");
	return new SopsError(`sops: ${[...new Set(lines)].join(" ").slice(0, 600) || `exit code ${code}`}`);
}
