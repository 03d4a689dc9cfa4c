import { parseSite } from "../../../../config/parse-site.ts";
import lab from "../../../../config/sites/lab.ts";
import { mergePatch } from "../../../merge-patch.ts";
import { stackOf, worldOf } from "../../../policy/world.ts";
import { destroy, planned, update } from "../planned.ts";
import type { ClassCases } from "./class-cases.ts";

const site = (patch: object) => ({ ...worldOf({}), site: parseSite(mergePatch(lab, patch)) });
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
			findings: ["caution: the objects of HAProxy on the router change with the site"],
		},
		"Vault moves for those who log in": {
			planned: of("platform", { vault: { address: "https://vault.example.net" } }),
			findings: ["caution: the programs and addresses on the machines of newcomers change with the site"],
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
		"the site of before is one of another schema": {
			planned: {
				...of("mailserver", {}),
				before: { ...worldOf({}), site: {} as ReturnType<typeof parseSite> },
			},
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
