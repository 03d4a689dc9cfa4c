import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Json, StackDocument } from "../world/world.ts";
import type { TerraformBinary } from "./binary.ts";
import { filesBelow, programIdentity } from "./file-identity.ts";

/** Everything that the result of an init depends on, besides the packages of the providers. */
export interface InitInput {
	readonly document: StackDocument;
	readonly terraform: TerraformBinary;
	readonly site: string;
	/** Data folder of Terraform (`TF_DATA_DIR`). */
	readonly data: string;
	/** Options of the command. */
	readonly args: readonly string[];
	/** Text of the dependency lock file before the init. */
	readonly lock: string;
}

/** A finished init. */
interface InitRecord {
	readonly key: string;
	/** Installed packages. */
	readonly plugins: readonly string[];
	/** Text of the dependency lock file after it. */
	readonly lock: string;
}

/**
 * The lock file that an earlier init of the same input left behind; undefined when there was none, or when the result
 * is no longer complete, so that Terraform must run it again.
 */
export function earlierInit(input: InitInput): { readonly lock: string } | undefined {
	const key = keyOf(input);
	const record = readRecord(input.data);
	if (key === undefined || record?.key !== key) return undefined;
	if (record.plugins.join("\n") !== pluginsIn(input.data).join("\n")) return undefined;
	return record;
}

/** Removes what an earlier init has installed: an interrupted one may have left half of a package. */
export function forgetInit(data: string): void {
	rmSync(recordFile(data), { force: true });
	for (const name of ["providers", "modules"]) rmSync(join(data, name), { recursive: true, force: true });
}

/** Records that an init has succeeded. @param lock text of the lock file after it */
export function recordInit(input: InitInput, lock: string): void {
	const key = keyOf(input);
	if (key === undefined || !existsSync(input.data)) return;
	const record: InitRecord = { key, plugins: pluginsIn(input.data), lock };
	const file = recordFile(input.data);
	writeFileSync(`${file}.part`, JSON.stringify(record));
	renameSync(`${file}.part`, file);
}

function readRecord(data: string): InitRecord | undefined {
	try {
		return JSON.parse(readFileSync(recordFile(data), "utf8"));
	} catch {
		return undefined;
	}
}

function recordFile(data: string): string {
	return join(data, "infra-init.json");
}

function pluginsIn(data: string): string[] {
	return [...filesBelow(join(data, "providers")), ...filesBelow(join(data, "modules"))];
}

/** Undefined when something that counts cannot be told. */
function keyOf({ document, terraform, site, data, args, lock }: InitInput): string | undefined {
	const program = programIdentity(terraform.command);
	if (program === undefined || hasModules(document)) return undefined;
	const parts = [
		initRelevant(document.json),
		[site, resolve(data), ...args],
		lock,
		[program, terraform.version],
		terraformSettings(process.env),
	];
	return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** Modules may be local folders, whose files count as well. */
function hasModules({ json }: StackDocument): boolean {
	return Object.keys((json.module ?? {}) as object).length > 0;
}

/** Sections of a document whose blocks an init does not look at, apart from the providers that they name. */
const inertSections = ["//", "output", "locals"];
const blockSections = ["resource", "data", "ephemeral"];

/**
 * The part of a document that an init looks at: everything but the arguments of blocks. A section that is not known
 * here counts in full.
 */
export function initRelevant(json: StackDocument["json"]): Json {
	const sections = Object.entries(json).filter(([name]) => !inertSections.includes(name));
	return sections
		.toSorted(([left], [right]) => (left < right ? -1 : 1))
		.map(([name, section]) => [
			name,
			blockSections.includes(name) ? providersOf(section) : (section ?? null),
		]);
}

/** Types of blocks, and the providers that blocks name. */
function providersOf(section: Json | undefined): Json {
	const types = Object.entries((section ?? {}) as Record<string, Record<string, { provider?: string }>>);
	const named = types.flatMap(([type, blocks]) =>
		[...new Set(Object.values(blocks).map(({ provider = "" }) => provider))].map(
			(provider) => `${type} ${provider}`,
		),
	);
	return named.sort();
}

/** Variables that Terraform reads and that do not change what an init does, or are secret. */
const otherVariables = /^TF_(LOG|VAR_|TOKEN_|DATA_DIR$|IN_AUTOMATION$|INPUT$)/;

/** Settings of Terraform besides the document: environment, and files with mirrors and credentials. */
function terraformSettings(env: NodeJS.ProcessEnv): string[] {
	const variables = Object.entries(env).filter(
		([name]) => name.startsWith("TF_") && !otherVariables.test(name),
	);
	const home = homedir();
	const folder = join(home, ".terraform.d");
	const files = [
		...[env.TF_CLI_CONFIG_FILE, env.TERRAFORM_CONFIG].filter((file) => file !== undefined),
		join(home, ".terraformrc"),
		join(home, ".tofurc"),
		...(existsSync(folder) ? readdirSync(folder) : [])
			.filter((name) => /\.tfrc(\.json)?$/.test(name))
			.map((name) => join(folder, name)),
	];
	return [
		...variables.map(([name, value]) => `${name}=${value}`).sort(),
		...files.map((file) => `${file} ${existsSync(file) ? readFileSync(file, "utf8") : "missing"}`),
	];
}
