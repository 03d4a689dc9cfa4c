import { describe, expect, test } from "vitest";
import { newObjects } from "../../../cli/adopt/objects.ts";
import { suggest } from "../../../cli/adopt/suggest.ts";
import { loadRegistry } from "../../../clients/vault/load-registry.ts";
import { loadSite } from "../../../config/load-site.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { argumentReader, type ImportId, importIdOf } from "../../../world/import-ids.ts";
import { references } from "../../../world/references.ts";
import type { Json, StackDocument } from "../../../world/world.ts";
import { testApp } from "../../synth.ts";

const idOf = (type: string, given: { readonly [key: string]: Json }) =>
	importIdOf(type, argumentReader(given));

describe.each(["lab", "home"])("every resource of site %s", (name) => {
	// Whoever is first loads the engine.
	test("has an id that is computed, a look-up, or is known to have no importer", {
		timeout: 30_000,
	}, async () => {
		const site = await loadSite(name);
		const registry = await loadRegistry(await loadSite("lab"));
		const app = await testApp(await loadStacks(), site, registry);
		const { documents } = app.check();
		const { literalOf } = references({ site, stacks: documents });
		const ids = documents.flatMap(({ stack, resources }: StackDocument) =>
			resources
				.filter(({ mode }) => mode === "resource")
				.map((resource): [string, ImportId] => [
					resource.type,
					importIdOf(
						resource.type,
						argumentReader(resource.arguments, (value) => literalOf(stack, value)),
					),
				]),
		);
		const computed = ids.filter(([, found]) => "id" in found);
		for (const [, found] of computed) expect("id" in found && found.id).not.toMatch(/\$\{|undefined|^\/|\/$/);
		const typesWith = (how: "lookUp" | "none") =>
			[...new Set(ids.flatMap(([type, found]) => (how in found ? [type] : [])))].sort();
		expect(typesWith("none")).toEqual(["kubernetes_annotations", "kubernetes_labels", "terraform_data"]);
		expect(typesWith("lookUp")).toEqual([
			...(name === "home" ? ["cloudflare_dns_record"] : []),
			"vault_identity_entity",
			"vault_identity_entity_alias",
			"vault_identity_group",
			"vault_identity_group_alias",
		]);
		// Matched by what it is: no two have one identity, and each has one but for notes of a state.
		const declared = newObjects({ site, stacks: documents });
		expect(declared.filter(({ is }) => is === undefined).map(({ type }) => type)).toEqual(["terraform_data"]);
		expect(suggest([], declared, { world: { site, stacks: documents }, existing: new Set() })).toEqual([]);
		// Two objects of one type with one id would be one object.
		const keys = computed.map(([type, found]) => `${type} ${"id" in found && found.id}`);
		expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
	});
});

test.each([
	["kubernetes_service", { metadata: [{ name: "a", namespace: "n" }] }, "n/a"],
	["kubernetes_service_v1", { metadata: { name: "a" } }, "default/a"],
	["kubernetes_cluster_role_v1", { metadata: { name: "a" } }, "a"],
	["kubernetes_daemonset", { metadata: { name: "a", namespace: "n" } }, "n/a"],
	[
		"kubernetes_manifest",
		{ manifest: { apiVersion: "kyverno.io/v1", kind: "ClusterPolicy", metadata: { name: "a" } } },
		"apiVersion=kyverno.io/v1,kind=ClusterPolicy,name=a",
	],
	["helm_release", { name: "vault", namespace: "vault" }, "vault/vault"],
	["vault_audit", { type: "file" }, "file"],
	["vault_auth_backend", { type: "kubernetes", path: "kubernetes/" }, "kubernetes"],
	["vault_jwt_auth_backend_role", { backend: "oidc", role_name: "default" }, "auth/oidc/role/default"],
	["vault_transit_secret_backend_key", { backend: "transit", name: "k" }, "transit/keys/k"],
	["vault_raft_autopilot", { min_quorum: 3 }, "sys/storage/raft/autopilot/configuration"],
	["vault_quota_rate_limit", { name: "q", path: "" }, "q"],
	["vault_kv_secret_v2", { mount: "secret", name: "ci/global" }, "secret/data/ci/global"],
	["proxmox_virtual_environment_vm", { node_name: "pve", vm_id: 201 }, "pve/201"],
	[
		"proxmox_virtual_environment_file",
		{
			node_name: "pve",
			datastore_id: "local",
			content_type: "snippets",
			source_raw: { file_name: "a.yaml" },
		},
		"pve/local:snippets/a.yaml",
	],
	["cloudflare_zone_setting", { zone_id: "z", setting_id: "http3" }, "z/http3"],
] as const)("%s is imported by the id that its provider documents", (type, given, id) => {
	expect(idOf(type, given as unknown as Record<string, Json>)).toEqual({ id });
});

test("a type without a rule, and an argument that nobody knows, are refused", () => {
	expect(() => idOf("aws_instance", {})).toThrow("it is not known here how a aws_instance is imported");
	expect(() => idOf("kubernetes_token_request_v1", {})).toThrow("is imported");
	expect(() => idOf("vault_policy", { name: "${vault_mount.a.path}" })).toThrow("name is not known yet");
});
