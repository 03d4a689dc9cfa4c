import type { Json, Resource } from "../../../world/world.ts";

/** One block of a document, on which Terraform with the real provider and our check must agree. */
export type Snippet = readonly [
	title: string,
	mode: Resource["mode"],
	type: string,
	block: { [name: string]: Json },
];

const metadata = { name: "a" };

function configMap(title: string, block: Snippet[3]): Snippet {
	return [title, "resource", "kubernetes_config_map_v1", { metadata, ...block }];
}

function namespace(title: string, block: Snippet[3]): Snippet {
	return [title, "resource", "kubernetes_namespace_v1", block];
}

function service(title: string, spec: Json, block: Snippet[3] = {}): Snippet {
	return [title, "resource", "kubernetes_service_v1", { metadata, spec, ...block }];
}

function port(title: string, value: Json): Snippet {
	return service(title, { port: { port: value } });
}

function secret(title: string, block: Snippet[3]): Snippet {
	return [title, "resource", "kubernetes_secret_v1", { metadata, ...block }];
}

function release(title: string, block: Snippet[3]): Snippet {
	return [title, "resource", "helm_release", { name: "a", chart: "b", ...block }];
}

function manifest(title: string, block: Snippet[3]): Snippet {
	const object = { apiVersion: "v1", kind: "ConfigMap", metadata };
	return [title, "resource", "kubernetes_manifest", { manifest: object, ...block }];
}

function vaultSecret(title: string, block: Snippet[3]): Snippet {
	return [title, "resource", "vault_kv_secret_v2", { mount: "a", name: "b", ...block }];
}

export const accepted: readonly Snippet[] = [
	configMap("a block as an object", {}),
	configMap("a block as a list of one", { metadata: [metadata] }),
	configMap("an empty block as null in a list", { metadata: [null] }),
	configMap("a comment", { "//": "why", metadata: { "//": "why", name: "a" } }),
	configMap("a map from an expression", { data: '${{a = "b"}}' }),
	configMap("numbers, bools and null as texts of a map", { data: { a: 1, b: true, c: null } }),
	configMap('a bool as "true"', { immutable: "true" }),
	configMap('a bool as "1"', { immutable: "1" }),
	configMap("a directive", { immutable: "%{ if true }true%{ endif }" }),
	configMap("a computed argument as null", { metadata: { name: "a", uid: null } }),
	configMap("a count as text", { count: "1" }),
	configMap("a lifecycle", { lifecycle: { prevent_destroy: true, ignore_changes: ["data"] } }),
	configMap("a lifecycle in a list", { lifecycle: [{ ignore_changes: "all" }] }),
	port("a number as text", "80"),
	port("a number with exponent", "8e1"),
	service("a number for a text", { port: { port: 80, target_port: 80 } }),
	service("a dynamic block", { dynamic: { port: { for_each: "${[1]}", content: { port: 80 } } } }),
	service("dynamic blocks in lists", {
		dynamic: [{ port: [{ for_each: [1], iterator: "p", content: { port: 80 } }] }],
	}),
	service("timeouts in a list", { port: { port: 80 } }, { timeouts: [{ create: "1m" }] }),
	secret("plain data and binary data", { data: { a: "b" }, binary_data: { b: "Yg==" } }),
	secret("a write-only value without revision", { data_wo: { a: "b" } }),
	release("a nested attribute as a list", { set: [{ name: "a", value: "b" }] }),
	release("values twice, written both ways", {
		set: [{ name: "a", value: "b" }],
		set_wo: [{ name: "a", value: "b" }],
	}),
	manifest("a deprecated argument", { wait_for: { fields: { a: "b" } } }),
	["an ephemeral resource", "ephemeral", "vault_kv_secret_v2", { mount: "a", name: "b" }],
	["a data source", "data", "kubernetes_namespace_v1", { metadata: { name: "a" } }],
];

export const refused: readonly Snippet[] = [
	configMap("two blocks where one is allowed", { metadata: [metadata, metadata] }),
	configMap("no block in a list", { metadata: [] }),
	configMap("a missing block", { metadata: null }),
	configMap("a block as text", { metadata: "a" }),
	configMap("a block as an expression", { metadata: "${[]}" }),
	configMap("a list for a map", { data: [] }),
	configMap("a text for a map", { data: "a" }),
	configMap("an object for a text", { data: { a: {} } }),
	configMap("a comment in a map", { data: { "//": {} } }),
	configMap('a bool as "True"', { immutable: "True" }),
	configMap("a number for a bool", { immutable: 1 }),
	configMap("no text for a bool", { immutable: "" }),
	configMap("an unknown argument", { dat: {} }),
	configMap("an unknown argument that is null", { dat: null }),
	configMap("a computed argument", { metadata: { name: "a", uid: "b" } }),
	configMap("the id of the plugin SDK", { id: "a" }),
	namespace("two names", { metadata: { name: "a", generate_name: "b" } }),
	port("a word for a number", "http"),
	port("a hexadecimal number", "0x50"),
	port("a number after a space", " 80"),
	port("a bool for a number", true),
	port("null for what is required", null),
	service("a missing argument", { port: {} }),
	service("a text for a set", { port: { port: 80 }, external_ips: "192.0.2.1" }),
	service("an object for a set", { port: { port: 80 }, external_ips: { a: "192.0.2.1" } }),
	service("a misspelled argument in a dynamic block", {
		dynamic: { port: { for_each: [1], content: { prt: 80 } } },
	}),
	service("an unknown dynamic block", { dynamic: { prt: { for_each: [1], content: {} } } }),
	service("a dynamic block without content", { dynamic: { port: { for_each: [1] } } }),
	service("timeouts twice", { port: { port: 80 } }, { timeouts: [{ create: "1m" }, { create: "2m" }] }),
	service("an unknown timeout", { port: { port: 80 } }, { timeouts: { update: "1m" } }),
	secret("data, plain and write-only", { data: { a: "b" }, data_wo: { a: "b" }, data_wo_revision: 1 }),
	secret("binary data, plain and write-only", {
		binary_data: { a: "Yg==" },
		binary_data_wo: { a: "b" },
		binary_data_wo_revision: 1,
	}),
	secret("a revision of nothing", { data_wo_revision: 1 }),
	secret("an ephemeral value that is kept", { data: { a: "${ephemeral.vault_kv_secret_v2.source.data.a}" } }),
	release("a nested attribute that lacks its brackets", { set: { name: "a", value: "b" } }),
	release("a nested attribute that has brackets too many", { postrender: [{ binary_path: "a" }] }),
	release("a nested attribute that is incomplete", { postrender: {} }),
	release("a text for a list", { values: "a: b" }),
	release("an attribute that only the provider sets", { metadata: { name: "a" } }),
	manifest("an incomplete object", { wait_for: {} }),
	vaultSecret("a value, plain and write-only", {
		data_json: "{}",
		data_json_wo: "{}",
		data_json_wo_version: 1,
	}),
	vaultSecret("a version of nothing", { data_json: "{}", data_json_wo_version: 1 }),
	["an ephemeral resource that lacks an argument", "ephemeral", "vault_kv_secret_v2", { mount: "a" }],
	[
		"an ephemeral resource with an unknown argument",
		"ephemeral",
		"vault_kv_secret_v2",
		{ mount: "a", name: "b", c: "d" },
	],
	[
		"a computed argument of an ephemeral resource",
		"ephemeral",
		"vault_kv_secret_v2",
		{ mount: "a", name: "b", data: {} },
	],
	[
		"a computed argument of a data source",
		"data",
		"kubernetes_namespace_v1",
		{ metadata: { name: "a" }, spec: {} },
	],
];
