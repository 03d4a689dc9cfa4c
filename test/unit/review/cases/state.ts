import { create, destroy, planned, resource, update } from "../planned.ts";
import type { ClassCases } from "./class-cases.ts";

const importing = { id: "x" };

export const stateChanges: ClassCases = {
	finds: {
		"objects are imported, with and without a change": {
			planned: planned({
				resource_changes: [
					resource("a.same", ["no-op"], { importing }),
					update("a.other", { size: 1 }, { size: 2, note: "new" }, { importing }),
				],
			}),
			findings: [
				"caution: is taken into the state, and changed to what the code says: size",
				"notice: is taken into the state as it is",
			],
		},
		"what an apply that was cut off has made is imported": {
			planned: planned({
				live: { twins: [], claims: [], errors: [], begun: { takenUp: ["a.same"], halfMade: [] } },
				resource_changes: [resource("a.same", ["no-op"], { importing })],
			}),
			findings: ["notice: an apply that stopped had begun to make it: is taken into the state as it is"],
		},
		"an object is known by another address": {
			planned: planned({
				resource_changes: [{ ...resource("a.new", ["no-op"]), previous_address: "a.old" }],
			}),
			findings: ["notice: was a.old"],
		},
	},
	passes: { "an object is new": planned({ resource_changes: [create("a.b", { size: 1 })] }) },
};

const claim = "kubernetes_persistent_volume_claim_v1.a";

export const drifted: ClassCases = {
	finds: {
		"somebody changed what the plan puts back": {
			planned: planned({
				resource_drift: [update("a.b", { size: 1, note: 1 }, { size: 2, note: 2 })],
				resource_changes: [update("a.b", { size: 2, note: 2 }, { size: 1, note: 2 })],
			}),
			findings: ["notice: was changed outside: size, note; this plan undoes a part of it"],
		},
		"somebody changed what the plan leaves": {
			planned: planned({ resource_drift: [update("a.b", { size: 1 }, { size: 2 })] }),
			findings: ["notice: was changed outside: size; this plan leaves it so"],
		},
		"somebody deleted a claim": {
			planned: planned({
				resource_drift: [resource(claim, ["delete"]), resource("a.b", ["delete"])],
				resource_changes: [create(claim, {}), create("a.b", {})],
			}),
			findings: [
				"danger: was deleted outside; this plan makes it anew, without what it held",
				"caution: was deleted outside; this plan makes it anew",
			],
		},
	},
	passes: {
		"the plan itself changes the object": planned({
			resource_changes: [update("a.b", { size: 1 }, { size: 2 })],
		}),
		"controllers have touched the object": planned({
			resource_drift: [
				update(
					"kubernetes_deployment_v1.a",
					{ metadata: [{ resource_version: "1", generation: 1 }] },
					{ metadata: [{ resource_version: "2", generation: 2 }] },
				),
				update(
					"kubernetes_manifest.a",
					{ object: { metadata: { resourceVersion: "1" }, status: {} } },
					{ object: { metadata: { resourceVersion: "2" }, status: { ready: true } } },
				),
			],
		}),
		"a refresh fills in what a provider leaves empty": planned({
			resource_drift: [update("a.b", { labels: null }, { labels: null })],
		}),
	},
};

const [old, young] = ["kubernetes_config_map_v1.old", "kubernetes_config_map_v1.young"];
const settings = (name: string, more: object = {}) => ({ metadata: [{ name, namespace: "shop" }], ...more });
const record = (content: string) => ({ zone_id: "z", type: "MX", name: "example.org", content });
const rename = (from: string, to: string, before: object, after = before) =>
	planned({ resource_changes: [destroy(from, { ...before }), create(to, { ...after })] });
const isSame = (address: string) =>
	`danger: is the same object as ${address}, which this plan makes: it is deleted under one address and made under the other`;

export const renamed: ClassCases = {
	finds: {
		"a construct has another id": {
			planned: rename(old, young, settings("a"), settings("a", { data: { new: "1" } })),
			findings: [isSame(young)],
		},
		"a resource has another version in its type": {
			planned: rename("kubernetes_config_map.a", "kubernetes_config_map_v1.a", settings("a")),
			findings: [isSame("kubernetes_config_map_v1.a")],
		},
		"an object without a namespace is in the default one": {
			planned: rename(
				old,
				young,
				{ metadata: [{ name: "a" }] },
				{ metadata: [{ name: "a", namespace: "default" }] },
			),
			findings: [isSame(young)],
		},
		"a typed resource became a manifest": {
			planned: rename(old, "kubernetes_manifest.a", settings("a"), {
				manifest: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "shop" } },
			}),
			findings: [isSame("kubernetes_manifest.a")],
		},
		"a manifest has another address, and another version of its API": {
			planned: rename(
				"kubernetes_manifest.old",
				"kubernetes_manifest.young",
				...(["g.io/v1beta1", "g.io/v1"].map((apiVersion) => ({
					manifest: { apiVersion, kind: "Guard", metadata: { name: "a", namespace: "shop" } },
				})) as [object, object]),
			),
			findings: [isSame("kubernetes_manifest.young")],
		},
		"an entry of a map has another key": {
			planned: rename(
				'vault_mount.a["one"]',
				'vault_mount.a["two"]',
				{ path: "secret/", type: "kv" },
				{ path: "secret" },
			),
			findings: [isSame('vault_mount.a["two"]')],
		},
		"a machine has another key in the site": {
			planned: rename("proxmox_virtual_environment_vm.a", "proxmox_virtual_environment_vm.b", {
				node_name: "pve",
				vm_id: 201,
			}),
			findings: [isSame("proxmox_virtual_environment_vm.b")],
		},
		"a record and a release have other addresses": {
			planned: planned({
				resource_changes: [
					destroy("cloudflare_dns_record.a", record("mx1")),
					create("cloudflare_dns_record.b", record("mx1")),
					destroy("helm_release.a", { name: "csi", namespace: "kube-system" }),
					create("helm_release.b", { name: "csi", namespace: "kube-system" }),
				],
			}),
			findings: [isSame("cloudflare_dns_record.b"), isSame("helm_release.b")],
		},
		"Terraform forgets the old one": {
			planned: planned({
				resource_changes: [
					resource(old, ["forget"], { before: settings("a"), after: null }),
					create(young, settings("a")),
				],
			}),
			findings: [
				`danger: is the same object as ${young}, which this plan makes: it is forgotten under one address and made under the other`,
			],
		},
	},
	passes: {
		"the object itself has another name": rename(old, young, settings("a"), settings("b")),
		"the object is in another namespace": rename(old, young, settings("a"), {
			metadata: [{ name: "a", namespace: "x" }],
		}),
		"another kind has the same name": rename(old, "kubernetes_secret_v1.a", settings("a")),
		"a second record of one name is new": rename(
			"cloudflare_dns_record.a",
			"cloudflare_dns_record.b",
			record("mx1"),
			record("mx2"),
		),
		"names are known after the apply alone": rename(
			"vault_mount.a",
			"vault_mount.b",
			{ path: "secret" },
			{ type: "kv" },
		),
		"the state follows": planned({
			resource_changes: [
				{
					...resource(young, ["no-op"], { before: settings("a"), after: settings("a") }),
					previous_address: old,
				},
			],
		}),
	},
};
