import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeMaps } from "../../../cli/adopt/make-map.ts";
import { leftBehind, readMap } from "../../../cli/adopt/map-file.ts";
import { newObjects, oldObjects } from "../../../cli/adopt/objects.ts";
import { suggest } from "../../../cli/adopt/suggest.ts";
import { loadSite } from "../../../config/load-site.ts";
import { parseState } from "../../../engine/state/rewrite/state-document.ts";
import { readDocument, type World } from "../../../world/world.ts";
import { temporaryFolder } from "../../synth.ts";

const site = await loadSite("lab");
const meta = (name: string, namespace = "shop") => [{ name, namespace }];

const world = (resources: Record<string, Record<string, Record<string, object>>>): World => ({
	site,
	stacks: Object.entries(resources).map(([stack, resource]) => readDocument(stack, { resource } as never)),
});

/** A state with one object of each type. */
function state(objects: Readonly<Record<string, object>>, name = "old.tfstate") {
	const resources = Object.entries(objects).map(([type, attributes]) => ({
		mode: "managed",
		type: type.replace(/ .*/, ""),
		name: type.replace(/^.* /, ""),
		provider: 'provider["registry.terraform.io/hashicorp/any"]',
		instances: [{ attributes }],
	}));
	return oldObjects(name, parseState(JSON.stringify({ version: 4, serial: 3, lineage: "one", resources })));
}

const all = (old: ReturnType<typeof state>, declared: World, existing: readonly string[] = []) =>
	suggest(old, newObjects(declared), { world: declared, existing: new Set(existing) }).map(
		({ stack, entry: { from, to, how, id } }) => [stack, how, from ?? "-", to ?? "-", id ?? "-"].join(" "),
	);

describe("objects are matched by what they are", () => {
	test.each([
		[
			"another name",
			{ kubernetes_config_map_v1: { metadata: meta("a") } },
			"shop move kubernetes_config_map_v1.kubernetes_config_map_v1 kubernetes_config_map_v1.it -",
		],
		[
			"the other type of one implementation",
			{ kubernetes_config_map: { metadata: meta("a") } },
			"shop retype kubernetes_config_map.kubernetes_config_map kubernetes_config_map_v1.it -",
		],
		[
			"a manifest",
			{
				kubernetes_manifest: {
					manifest: {
						value: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "shop" } },
					},
				},
			},
			"shop import kubernetes_manifest.kubernetes_manifest kubernetes_config_map_v1.it shop/a",
		],
	] as const)("%s", (_, old, expected) => {
		const declared = world({
			shop: { kubernetes_config_map_v1: { it: { metadata: { name: "a", namespace: "shop" } } } },
		});
		expect(all(state(old), declared)).toEqual([expected]);
		expect(all(state({ kubernetes_config_map: { metadata: meta("b") } }), declared)).toEqual([
			" leave kubernetes_config_map.kubernetes_config_map - -",
		]);
	});

	test("aliases of Vault by the path of their login backend, which a state has as an accessor", () => {
		const old = state({
			vault_jwt_auth_backend: { path: "oidc", type: "oidc", accessor: "auth_oidc_1" },
			vault_identity_group_alias: { name: "admins", mount_accessor: "auth_oidc_1", canonical_id: "x" },
		});
		const declared = world({
			vault: {
				vault_jwt_auth_backend: { login: { path: "oidc" } },
				vault_identity_group_alias: {
					it: { name: "admins", mount_accessor: "${vault_jwt_auth_backend.login.accessor}" },
				},
			},
		});
		expect(all(old, declared)).toEqual([
			"vault move vault_jwt_auth_backend.vault_jwt_auth_backend vault_jwt_auth_backend.login -",
			"vault move vault_identity_group_alias.vault_identity_group_alias vault_identity_group_alias.it -",
		]);
	});

	test("records, machines and releases, whatever their provider calls them", () => {
		const old = state({
			cloudflare_record: { name: "Mail.example.org", type: "A", value: "192.0.2.1", zone_id: "z" },
			proxmox_vm_qemu: { vmid: 201, target_node: "pve", name: "k8s" },
			helm_release: { name: "vault", namespace: "vault" },
		});
		const declared = world({
			storage: {
				cloudflare_dns_record: { it: { name: "mail.example.org", type: "A", content: "192.0.2.9" } },
				proxmox_virtual_environment_vm: { it: { vm_id: 201, node_name: "pve" } },
				helm_release: { it: { name: "vault", namespace: "vault" } },
			},
		});
		expect(all(old, declared)).toEqual([
			"storage import cloudflare_record.cloudflare_record cloudflare_dns_record.it -",
			"storage import proxmox_vm_qemu.proxmox_vm_qemu proxmox_virtual_environment_vm.it pve/201",
			"storage move helm_release.helm_release helm_release.it -",
		]);
	});

	test("what is in the world alone is imported, and what is nowhere is not mapped", () => {
		const declared = world({
			shop: {
				kubernetes_config_map_v1: {
					there: { metadata: { name: "there", namespace: "shop" } },
					new: { metadata: { name: "new", namespace: "shop" } },
				},
			},
		});
		expect(all([], declared, ["config_map shop/there"])).toEqual([
			"shop import - kubernetes_config_map_v1.there shop/there",
		]);
	});

	test("what holds data and is declared by nobody needs an answer", () => {
		const old = state({
			kubernetes_persistent_volume_claim: { metadata: meta("data") },
			vault_mount: { path: "kv" },
		});
		expect(all(old, world({}))).toEqual([
			" ask kubernetes_persistent_volume_claim.kubernetes_persistent_volume_claim - -",
			" ask vault_mount.vault_mount - -",
		]);
	});

	test("an object that two stacks claim, or two states hold, is refused", () => {
		const one = { kubernetes_config_map_v1: { it: { metadata: { name: "a", namespace: "shop" } } } };
		expect(() => all([], world({ shop: one, other: one }))).toThrow(
			"config_map shop/a is claimed by shop/it (kubernetes_config_map_v1.it) and by other/it (kubernetes_config_map_v1.it): one object has one owner",
		);
		const twice = [
			state({ kubernetes_config_map: { metadata: meta("a") } }),
			state({ kubernetes_config_map_v1: { metadata: meta("a") } }, "new.tfstate"),
		].flat();
		expect(() => all(twice, world({}))).toThrow(
			"config_map shop/a is held by kubernetes_config_map.kubernetes_config_map of old.tfstate and by",
		);
	});
});

describe("a map that is made again", () => {
	const declared = world({
		shop: { kubernetes_config_map_v1: { it: { metadata: { name: "a", namespace: "shop" } } } },
	});
	const make = (folder: string, old: ReturnType<typeof state>) =>
		writeMaps(
			folder,
			{
				suggestions: suggest(old, newObjects(declared), { world: declared, existing: new Set() }),
				errors: [],
			},
			{ world: declared, states: ["old.tfstate"] },
		);

	test("keeps what somebody has written, drops what is gone, and takes what is new", () => {
		const folder = temporaryFolder();
		make(
			folder,
			state({ kubernetes_config_map: { metadata: meta("a") }, kubernetes_secret: { metadata: meta("s") } }),
		);
		const file = join(folder, "shop.yaml");
		const left = join(folder, `${leftBehind}.yaml`);
		// Somebody lets the stack take another object, and says why.
		writeFileSync(
			file,
			`${readFileSync(file, "utf8").replace("reason: shop/it", "reason: ours # by ann").trimEnd()}\n  - state: old.tfstate\n    from: kubernetes_secret.kubernetes_secret\n    to: kubernetes_config_map_v1.it\n    how: move\n`,
		);
		writeFileSync(left, readFileSync(left, "utf8").replace(/objects:[\s\S]*$/, "objects: []\n"));
		make(
			folder,
			state({
				kubernetes_config_map: { metadata: meta("a") },
				kubernetes_secret: { metadata: meta("s") },
				kubernetes_role: { metadata: meta("r") },
			}),
		);
		expect(readFileSync(file, "utf8")).toContain("# by ann");
		expect(readMap(folder, "shop")?.objects.map(({ from, how }) => `${how} ${from}`)).toEqual([
			"retype kubernetes_config_map.kubernetes_config_map",
			"move kubernetes_secret.kubernetes_secret",
		]);
		expect(readMap(folder, leftBehind)?.objects.map(({ from }) => from)).toEqual([
			"kubernetes_role.kubernetes_role",
		]);
		make(folder, state({ kubernetes_role: { metadata: meta("r") } }));
		expect(readMap(folder, "shop")?.objects).toEqual([]);
	});

	test.each([
		["an unknown way", "how: steal", "objects.0.how"],
		["a move without an address", "how: move", "objects.0: how: move needs the address in to"],
		["what is left with an address", "how: leave\n    to: a.b", "objects.0: how: leave has no to"],
		["a misspelt key", "how: leave\n    unreleated: true", "objects.0"],
	])("refuses %s, with its place", (_, text, place) => {
		const folder = temporaryFolder();
		mkdirSync(folder, { recursive: true });
		writeFileSync(
			join(folder, "shop.yaml"),
			`site: lab\nstack: shop\nstates: []\nobjects:\n  - state: a\n    from: x.y\n    ${text}\n`,
		);
		expect(() => readMap(folder, "shop")).toThrow(`shop.yaml: ${place}`);
	});
});
