import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { refreshSchemas } from "../../providers/schema/refresh.ts";
import { typesInUse } from "../../providers/schema/types-in-use.ts";
import { rawExample } from "../unit/schema/raw-example.ts";

let root: string;
let folder: string;
let from: readonly string[];

/** A repository with one stack that imports one class of the kubernetes provider. */
beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "infra-refresh-"));
	folder = join(root, "schemas");
	await mkdir(join(root, "stacks"));
	await writeFile(
		join(root, "stacks/demo.ts"),
		[
			'import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1/index.js";',
			'import type { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1/index.js";',
			'import { DataKubernetesNamespaceV1 } from "@cdktf/provider-kubernetes/lib/data-kubernetes-namespace-v1/index.js";',
		].join("\n"),
	);
	const block = { attributes: {} };
	from = [await raw({ kubernetes_namespace_v1: { block }, kubernetes_secret_v1: { block } })];
});

afterEach(async () => {
	vi.unstubAllEnvs();
	await rm(root, { recursive: true, force: true });
});

async function raw(resources: object): Promise<string> {
	const file = join(root, "raw.json");
	const types = { resource_schemas: resources, data_source_schemas: resources };
	const origin = { source: "registry.example/hashicorp/kubernetes", version: "9.8.7" };
	await writeFile(file, JSON.stringify({ ...origin, ...rawExample, ...types }));
	return file;
}

test("The types in use are those of which anything is imported", () => {
	expect(typesInUse(root)).toEqual([
		{ mode: "data", type: "kubernetes_namespace_v1" },
		{ mode: "resource", type: "kubernetes_namespace_v1" },
		{ mode: "resource", type: "kubernetes_secret_v1" },
	]);
});

test("A refresh writes one file per provider", async () => {
	const report = await refreshSchemas({ root, providers: {}, from, folder });
	expect(report).toEqual([{ provider: "kubernetes", version: "9.8.7", types: 3, change: "added" }]);
	expect(JSON.parse(await readFile(join(folder, "kubernetes.json"), "utf8"))).toMatchObject({
		source: "hashicorp/kubernetes",
		version: "9.8.7",
	});
});

test("A second refresh changes nothing", async () => {
	await refreshSchemas({ root, providers: {}, from, folder });
	const [again] = await refreshSchemas({ root, providers: {}, from, folder });
	expect(again?.change).toBe("none");
});

test("The schema of a provider that is no longer in use is removed", async () => {
	await mkdir(folder);
	await writeFile(join(folder, "vault.json"), "{}");
	await refreshSchemas({ root, providers: {}, from, folder });
	expect(await readdir(folder)).toEqual(["kubernetes.json"]);
});

test("Where a type is missing, what was there stays as it was", async () => {
	await refreshSchemas({ root, providers: {}, from, folder });
	const before = await readFile(join(folder, "kubernetes.json"), "utf8");
	const other = [await raw({})];
	await expect(refreshSchemas({ root, providers: {}, from: other, folder })).rejects.toThrow(
		"has no resource kubernetes_namespace_v1",
	);
	expect(await readFile(join(folder, "kubernetes.json"), "utf8")).toBe(before);
});

test("A file that is no provider's schema is named", async () => {
	const file = join(root, "other.json");
	await writeFile(file, "{}");
	await expect(refreshSchemas({ root, providers: {}, from: [file], folder })).rejects.toThrow(
		`${file}: expected an object with source`,
	);
});

test("A missing program is named", async () => {
	const providers = { kubernetes: { version: "~> 9.8" } };
	await expect(refreshSchemas({ root, providers, program: "no-such-program", folder })).rejects.toThrow(
		"no-such-program was not found",
	);
});

test("A failing program is quoted", async () => {
	const providers = { kubernetes: { version: "~> 9.8" } };
	const program = join(root, "terraform");
	await writeFile(program, "#!/bin/sh\necho 'no such provider' >&2; exit 1\n", { mode: 0o755 });
	await expect(refreshSchemas({ root, providers, program, folder })).rejects.toThrow(
		/init .* failed:\nno such provider/,
	);
});

test("An interrupted refresh waits for the program to end, writes nothing and leaves nothing behind", async () => {
	vi.stubEnv("TMPDIR", root);
	const providers = { kubernetes: { version: "~> 9.8" } };
	const program = join(root, "terraform");
	const onSignal = `kill $!; sleep 0.2; touch ${root}/ended; exit 1`;
	const script = `#!/bin/sh\ntrap '${onSignal}' TERM\nsleep 30 & touch ${root}/started; wait\n`;
	await writeFile(program, script, { mode: 0o755 });
	const interruption = new AbortController();
	const started = vi.waitFor(() => access(join(root, "started")), { timeout: 60_000 });
	started.then(() => interruption.abort(new Error("interrupted")));
	await expect(
		refreshSchemas({ root, providers, program, folder, signal: interruption.signal }),
	).rejects.toThrow("interrupted");
	expect((await readdir(root)).sort()).toEqual(["ended", "raw.json", "stacks", "started", "terraform"]);
});
