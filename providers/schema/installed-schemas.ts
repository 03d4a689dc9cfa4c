import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { defined } from "../../config/schema/defined.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import type { RawProvider } from "./raw-schema.ts";

/** A provider as the stacks ask for it. */
interface ProviderRequirement {
	/** Version constraint, such as `~> 2.38`. */
	readonly version: string;
	/** Address in the registry. @default `hashicorp/<name>` */
	readonly source?: string;
}

/** The complete schema of a provider, with source and version. */
export interface FullSchema {
	readonly source: string;
	readonly version: string;
	readonly raw: RawProvider;
}

export interface InstalledSchemasOptions {
	readonly providers: Readonly<Record<string, ProviderRequirement>>;
	/** Terraform or OpenTofu. @default `terraform` */
	readonly program?: string;
	readonly signal?: AbortSignal | undefined;
	/** Receives a line before each step. */
	readonly progress?: ((line: string) => void) | undefined;
}

/**
 * Has Terraform install providers into a temporary folder and print their schemas.
 *
 * @throws when the program is missing, or a provider cannot be had, with what the program said
 */
export async function installedSchemas({
	providers,
	program = "terraform",
	signal,
	progress,
}: InstalledSchemasOptions): Promise<ReadonlyMap<string, FullSchema>> {
	const required = Object.fromEntries(
		Object.entries(providers).map(([name, { version, source = `hashicorp/${name}` }]) => [
			name,
			{ source, version },
		]),
	);
	const folder = await mkdtemp(join(tmpdir(), "infra-schemas-"));
	const run = async (...words: string[]) => (await execute(program, words, folder, signal)).stdout;
	try {
		const document = { terraform: { required_providers: required } };
		await writeFile(join(folder, "main.tf.json"), JSON.stringify(document));
		progress?.(`installing ${Object.entries(providers).map(describeRequirement).join(", ")}`);
		await run("init", "-input=false", "-no-color");
		progress?.("reading the schemas");
		const versions = JSON.parse(await run("version", "-json")).provider_selections as Record<string, string>;
		const schemas = JSON.parse(await run("providers", "schema", "-json")).provider_schemas;
		return new Map(
			Object.entries(required).map(([name, { source }]) => {
				// The address is prefixed with the default registry of the program.
				const address = Object.keys(schemas).find((key) => key.endsWith(`/${source}`)) ?? "";
				return [name, { source, version: versions[address] ?? "", raw: schemas[address] }];
			}),
		);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

function describeRequirement([name, { version }]: readonly [string, ProviderRequirement]): string {
	return `${name} ${version}`;
}

async function execute(program: string, words: string[], cwd: string, signal: AbortSignal | undefined) {
	const env = { ...process.env, TF_DATA_DIR: join(cwd, ".terraform"), TF_IN_AUTOMATION: "1" };
	const options = { cwd, env, maxBuffer: 256 * 1024 ** 2, ...defined({ signal }) };
	const run = promisify(execFile)(program, words, options);
	try {
		return await run;
	} catch (error) {
		// Waits for an interrupted program to end, so that it does not write into a folder that is being removed.
		const { child } = run;
		if (child.exitCode === null && child.signalCode === null) await once(child, "close");
		signal?.throwIfAborted();
		const { code, stderr = "" } = error as { code?: unknown; stderr?: string };
		throw new VisibleError(
			code === "ENOENT"
				? `${program} was not found: install it, or name another program`
				: `${program} ${words.join(" ")} failed:\n${stripVTControlCharacters(stderr).trim()}`,
			{ cause: error },
		);
	}
}
