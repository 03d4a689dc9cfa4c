import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compact } from "../../providers/schema/compact.ts";
import type { ProviderSchema } from "../../providers/schema/provider-schema.ts";
import { checkSchema } from "../../rules/schema/check-schema.ts";
import { readDocument } from "../../world/world.ts";
import { installed } from "../unit/schema/installed.ts";
import { accepted, refused, type Snippet } from "../unit/schema/snippets.ts";

const snippets = [...accepted, ...refused];
/** An ephemeral resource that the others may refer to. */
const source = { vault_kv_secret_v2: { source: { mount: "a", name: "b" } } };

const schemas = new Map<string, ProviderSchema>();
const complaints = new Map<string, string>();
let unavailable: string | undefined;
let folder: string;

/** Every snippet is a file of one module, so that Terraform says in one run which of them it refuses, and why. */
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "infra-validate-"));
	const required: Record<string, object> = {};
	for (const name of ["kubernetes", "helm", "vault"]) {
		const full = await installed(name);
		if (typeof full === "string") {
			unavailable = full;
			return;
		}
		const types = snippets
			.map(([, mode, type]) => ({ mode, type }))
			.filter(({ type }) => type.startsWith(name));
		schemas.set(name, compact(full.raw, full, types));
		required[name] = { source: full.source, version: full.version };
	}
	await writeFile(
		join(folder, "main.tf.json"),
		JSON.stringify({ terraform: { required_providers: required }, ephemeral: source }),
	);
	for (const [index, [, mode, type, block]] of snippets.entries())
		await writeFile(
			join(folder, fileOf(index)),
			JSON.stringify({ [mode]: { [type]: { [`s${index}`]: block } } }),
		);
	const run = promisify(execFile);
	await run("terraform", ["init", "-input=false"], { cwd: folder });
	// It ends with 1, and says why on its output, when it finds something.
	const { stdout } = await run("terraform", ["validate", "-json"], { cwd: folder }).catch((error) => error);
	for (const { severity, summary, range } of JSON.parse(stdout).diagnostics)
		if (severity === "error") complaints.set(range.filename, summary);
}, 120_000);

afterAll(() => rm(folder, { recursive: true }));

function fileOf(index: number): string {
	return `snippet-${index}.tf.json`;
}

function errorsIn([, mode, type, block]: Snippet): string[] {
	const json = {
		[mode]: { [type]: { one: block } },
		ephemeral: { ...source, ...(mode === "ephemeral" ? { [type]: { one: block } } : {}) },
	};
	const world = { site: undefined as never, stacks: [readDocument("demo", json)] };
	return checkSchema(world, (name) => schemas.get(name)).flatMap(({ severity, argument, message }) =>
		severity === "error" ? [`${argument}: ${message}`] : [],
	);
}

describe("Terraform and our check accept", () => {
	test.for(accepted)("%s", (snippet, context) => {
		if (unavailable !== undefined) context.skip(unavailable);
		expect(complaints.get(fileOf(snippets.indexOf(snippet)))).toBeUndefined();
		expect(errorsIn(snippet)).toEqual([]);
	});
});

describe("Terraform and our check refuse", () => {
	test.for(refused)("%s", (snippet, context) => {
		if (unavailable !== undefined) context.skip(unavailable);
		expect(complaints.get(fileOf(snippets.indexOf(snippet)))).toBeDefined();
		expect(errorsIn(snippet)).not.toEqual([]);
	});
});
