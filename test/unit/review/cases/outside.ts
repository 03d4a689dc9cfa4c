import { besideTerraform } from "../../../../cli/affected/beside-terraform.ts";
import { parseSite } from "../../../../config/parse-site.ts";
import lab from "../../../../config/sites/lab.ts";
import type { World } from "../../../../world/world.ts";
import { mergePatch } from "../../../merge-patch.ts";
import { type Block, stackOf, worldOf } from "../../../policy/world.ts";
import { destroy, planned, replace, update } from "../planned.ts";
import type { ClassCases } from "./class-cases.ts";

const site = (patch: object): World => {
	const site = parseSite(mergePatch(lab, patch));
	return { ...worldOf({}), site, beside: besideTerraform(site) };
};
const of = (stack: string, patch: object) => {
	const one = planned({ before: site({}), after: site(patch) });
	return { ...one, summary: { ...one.summary, stack } };
};

const vaultHost = new URL(worldOf({}).site.vault.address).hostname;
const record = (content: string) => ({ name: vaultHost, type: "A", content, comment: "a" });
const ingress = (host: string) => ({ metadata: [{ name: "a" }], spec: [{ rule: [{ host }] }] });

export const outsideTerraform: ClassCases = {
	finds: {
		"a health check of the edge changes": {
			planned: of("mailserver", { mail: { edge: { check: { interval: "4s" } } } }),
			findings: ["caution: the objects of HAProxy on the router change"],
		},
		"Vault moves for those who log in": {
			planned: of("platform", { vault: { address: "https://vault.example.net" } }),
			findings: ["caution: the programs and addresses on the machines of newcomers change"],
		},
		"the API server is to keep its audit longer": {
			planned: of("platform", { platform: { apiServer: { audit: { days: 30 } } } }),
			findings: ["caution: the flags of the API server and of etcd change"],
		},
		"the other place is to keep more copies": {
			planned: of("storage", { backup: { keep: { offsite: { daily: 14 } } } }),
			findings: ["caution: the programs, settings and units of backups at the other place change"],
		},
		"the host that newcomers ask goes, or leads elsewhere": {
			planned: planned({
				resource_changes: [
					destroy("cloudflare_dns_record.a", { name: vaultHost }),
					update("cloudflare_dns_record.a", record("192.0.2.1"), record("192.0.2.2")),
					update("kubernetes_ingress_v1.a", ingress(vaultHost), ingress("elsewhere.example.net")),
				],
			}),
			findings: Array.from(
				{ length: 3 },
				() => `caution: ${vaultHost} is what the machines of newcomers were told to ask`,
			),
		},
		"a base that cannot tell what it renders": {
			planned: { ...of("mailserver", {}), before: { ...site({}), beside: undefined } },
			findings: ["caution: the objects of HAProxy on the router cannot be compared with those of before"],
		},
	},
	passes: {
		"a host that newcomers ask gets another comment, and others go": planned({
			resource_changes: [
				update("cloudflare_dns_record.a", record("192.0.2.1"), { ...record("192.0.2.1"), comment: "b" }),
				destroy("cloudflare_dns_record.b", { name: "other.example.net" }),
				update("kubernetes_ingress_v1.a", ingress(vaultHost), {
					...ingress(vaultHost),
					metadata: [{ name: "b" }],
				}),
			],
		}),
		"another stack is planned": of("redis", { mail: { edge: { check: { interval: "4s" } } } }),
		"the description of the site changes": of("mailserver", { description: "Another text" }),
		"nobody has rendered it of what is planned": {
			...of("mailserver", { mail: { edge: { check: { interval: "4s" } } } }),
			after: { ...site({ mail: { edge: { check: { interval: "4s" } } } }), beside: undefined },
		},
		"what was there before is not known": {
			...of("mailserver", { mail: { edge: { check: { interval: "4s" } } } }),
			before: undefined,
		},
	},
};

const left = stackOf({ kubernetes_persistent_volume_claim_v1: {}, kubernetes_service_v1: {} });

export const stackRemoved: ClassCases = {
	finds: {
		"a stack that is no longer there, and its data": {
			planned: planned({ before: worldOf(left), after: worldOf() }),
			findings: [
				"danger: the stack leaves the code, and what it has made stays: 2 objects; data in kubernetes_persistent_volume_claim_v1.it",
			],
		},
		"one of a base that nobody knows": {
			planned: planned({ after: worldOf() }),
			findings: ["danger: the stack leaves the code; what it has made is not known here, and stays"],
		},
	},
	passes: {
		"a stack of which all objects go by its plan": planned({
			before: worldOf(left),
			after: worldOf({}),
			resource_changes: [destroy("kubernetes_service_v1.it")],
		}),
	},
};

const machine = (disk: number, key: string, cores = 2): Block => ({
	disk: [{ size: disk }],
	initialization: { user_account: { keys: [key] } },
	cpu: { cores },
	lifecycle: { ignore_changes: ["clone", "initialization", "disk"] },
});
const claim = (size: string): Block => ({
	spec: { resources: { requests: { storage: size } } },
	lifecycle: { ignore_changes: ['spec[0].resources[0].requests["storage"]'] },
});
const secret = (key: string, revision: number): Block => ({
	data_wo: { password: `\${ephemeral.vault_kv_secret_v2.a.data["${key}"]}` },
	data_wo_revision: revision,
});
const worldWith = (type: string, it: Block) => worldOf({ resource: { [type]: { it } } });
const silent = (type: string, was: Block, will: Block) =>
	planned({ before: worldWith(type, was), after: worldWith(type, will) });
const vm = "proxmox_virtual_environment_vm";
const pvc = "kubernetes_persistent_volume_claim_v1";
const template = (image: string) => ({ template: true, disk: [{ import_from: image }] });

export const silentChange: ClassCases = {
	finds: {
		"a boot disk and an operator's key of a machine that is there": {
			planned: silent(vm, machine(32, "a"), machine(64, "b")),
			findings: ["caution: initialization stays as it was made", "caution: disk stays as it was made"],
		},
		"the first size of a claim": {
			planned: silent(pvc, claim("2Gi"), claim("4Gi")),
			findings: ['caution: spec[0].resources[0].requests["storage"] stays 2Gi, the code says 4Gi'],
		},
		"a secret value of another key, without a new version": {
			planned: silent("kubernetes_secret_v1", secret("old", 1), secret("new", 1)),
			findings: ["caution: data_wo is made in another way and is not sent: data_wo_revision stays"],
		},
		"the cloud-init file of machines that are there": {
			planned: planned({
				resource_changes: [replace("proxmox_virtual_environment_file.it", { id: "a" }, { id: "b" })],
			}),
			findings: [
				"caution: machines that are there keep what its older text made of them at their first boot",
			],
		},
		"a template of another image": {
			planned: planned({ resource_changes: [update(`${vm}.it`, template("a"), template("b"))] }),
			findings: [
				"caution: the template stays made of its older image: a disk is imported at its creation only",
			],
		},
	},
	passes: {
		"a machine gets more cores": silent(vm, machine(32, "a"), machine(32, "a", 4)),
		"a claim of another name is made": planned({
			before: worldOf({ resource: { [pvc]: { other: claim("2Gi") } } }),
			after: worldWith(pvc, claim("4Gi")),
		}),
		"a claim is made anew": planned({
			before: worldWith(pvc, claim("2Gi")),
			after: worldWith(pvc, claim("4Gi")),
			resource_changes: [replace(`${pvc}.it`, {}, {})],
		}),
		"a secret value of another key, with a new version": silent(
			"kubernetes_secret_v1",
			secret("old", 1),
			secret("new", 2),
		),
		"what was there before is not known": planned({ after: worldWith(pvc, claim("4Gi")) }),
	},
};
