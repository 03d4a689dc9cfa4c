import { stackOf, worldOf } from "../../../policy/world.ts";
import {
	create,
	destroy,
	manifest,
	planned,
	replace,
	resource,
	typed,
	update,
	workload,
} from "../planned.ts";
import type { ClassCases } from "./class-cases.ts";

const claim = "kubernetes_persistent_volume_claim_v1.data";
const prevented = stackOf({ kubernetes_config_map_v1: { lifecycle: { prevent_destroy: true } } });

export const dataLost: ClassCases = {
	finds: {
		"a claim goes": {
			planned: planned({ resource_changes: [destroy(claim)] }),
			findings: ["danger: is deleted: its volume is deleted with it"],
		},
		"an ExternalSecret is replaced, and its Secret with it": {
			planned: planned({
				resource_changes: [
					replace(
						"kubernetes_manifest.secret",
						manifest({ kind: "ExternalSecret", apiVersion: "external-secrets.io/v1beta1" }),
						manifest({ kind: "ExternalSecret", apiVersion: "external-secrets.io/v1" }),
					),
				],
			}),
			findings: ["danger: is deleted, and made anew: the Secret that it makes is deleted with it"],
		},
		"a claim is forgotten and another made": {
			planned: planned({ resource_changes: [resource(claim, ["create", "forget"])] }),
			findings: [
				"danger: is left alone, and made anew: the object stays, and Terraform no longer knows of it",
			],
		},
		"a record, a policy, a key and a login go": {
			planned: planned({
				resource_changes: [
					destroy("cloudflare_dns_record.mx"),
					destroy("vault_policy.ci"),
					destroy("vault_transit_secret_backend_key.state"),
					destroy("vault_jwt_auth_backend_role.people"),
				],
			}),
			findings: [
				"danger: is deleted: its name no longer resolves, and resolvers remember that",
				"danger: is deleted: who has rights by it has none",
				"danger: is deleted: nothing that it encrypted can ever be read again",
				"danger: is deleted: whoever logs in by it no longer can",
			],
		},
		"what was protected goes with its block": {
			planned: planned({
				before: worldOf(prevented),
				resource_changes: [destroy("kubernetes_config_map_v1.it")],
			}),
			findings: ["danger: is deleted: its construct forbids it"],
		},
	},
	passes: {
		"what the code can make again goes": planned({
			before: worldOf(stackOf({ kubernetes_config_map_v1: {} })),
			resource_changes: [destroy("kubernetes_config_map_v1.it")],
		}),
		"a claim changes in place": planned({
			resource_changes: [update(claim, typed("a", {}), typed("b", {}))],
		}),
	},
};

const claims = (one: string) => workload("web", { claims: [one, "cache"] });

export const emptyVolume: ClassCases = {
	finds: {
		"a workload changes to a claim that is made with it": {
			planned: planned({
				resource_changes: [
					create(claim, typed("data-encrypted", {})),
					update("kubernetes_deployment_v1.web", claims("data"), claims("data-encrypted")),
				],
			}),
			findings: ["danger: starts on the new and empty claim data-encrypted; its data is in data"],
		},
	},
	passes: {
		"a workload changes to a claim that is there": planned({
			resource_changes: [update("kubernetes_deployment_v1.web", claims("data"), claims("data-encrypted"))],
		}),
		"a workload gets another claim beside the one that it has": planned({
			resource_changes: [
				create(claim, typed("more", {})),
				update(
					"kubernetes_deployment_v1.web",
					workload("web", { claims: ["data"] }),
					workload("web", { claims: ["data", "more"] }),
				),
			],
		}),
		"the new claim is one of another namespace": planned({
			resource_changes: [
				create(claim, { metadata: [{ name: "data-encrypted", namespace: "other" }], spec: [{}] }),
				update("kubernetes_deployment_v1.web", claims("data"), claims("data-encrypted")),
			],
		}),
	},
};

const nothing = { twins: [], claims: [], errors: [] };
const oldClaim = { namespace: "shop", name: "web-data", what: "10Gi, of 2026-01-02", mountedBy: [] };
const policy = create("vault_policy.ci", { name: "ci" });
const newClaim = create(claim, typed("web-data-encrypted", {}));
const beside =
	"danger: its volume is new and empty, and claim web-data (10Gi, of 2026-01-02), which no stack declares, may hold its data";
const set = (name: string) =>
	create(
		"kubernetes_stateful_set_v1.cache",
		typed(name, { volume_claim_template: [{ metadata: [{ name: "data" }] }] }),
	);

export const unmanagedTwin: ClassCases = {
	finds: {
		"what is made is there, and is refused, written over, used or doubled": {
			planned: planned({
				live: {
					...nothing,
					twins: (["refused", "overwritten", "taken over", "beside"] as const).map((effect) => ({
						address: "vault_policy.ci",
						effect,
						what: "sys/policies/acl/ci of Vault",
					})),
				},
				resource_changes: [policy],
			}),
			findings: [
				"danger: sys/policies/acl/ci of Vault is there already, and is written over",
				"failure: sys/policies/acl/ci of Vault is there already, and the creation is refused",
				"caution: sys/policies/acl/ci of Vault is there already, and is used as it is",
				"caution: sys/policies/acl/ci of Vault is there already, and stays beside it",
			],
		},
		"an apply that was cut off has made the half of it": {
			planned: planned({
				live: {
					...nothing,
					twins: [{ address: "vault_policy.ci", effect: "refused", what: "sys/auth/jwt of Vault" }],
					begun: { takenUp: [], halfMade: ["vault_policy.ci"] },
				},
				resource_changes: [policy],
			}),
			findings: [
				"notice: an apply that stopped had begun to make sys/auth/jwt of Vault, which is half made: the deploy removes it first",
			],
		},
		"a claim is made, and one for the same use lies beside it": {
			planned: planned({ live: { ...nothing, claims: [oldClaim] }, resource_changes: [newClaim] }),
			findings: [beside],
		},
		"a claim is made for a workload that mounts another one, whatever it is called": {
			planned: planned({
				live: { ...nothing, claims: [{ ...oldClaim, name: "stuff", mountedBy: ["deployment web"] }] },
				resource_changes: [newClaim, create("kubernetes_deployment_v1.web", claims("web-data-encrypted"))],
			}),
			findings: [beside.replace("web-data (", "stuff (")],
		},
		"a set is made, and the claim of one with another name lies there": {
			planned: planned({
				live: { ...nothing, claims: [{ ...oldClaim, name: "data-redis-0" }] },
				resource_changes: [set("cache")],
			}),
			findings: [beside.replace("web-data (", "data-redis-0 (")],
		},
		"the world could not be asked": {
			planned: planned({
				live: { ...nothing, errors: ["no answer within 30 s"] },
				resource_changes: [policy],
			}),
			findings: [
				"notice: nobody knows whether something that is made is there already: no answer within 30 s",
			],
		},
	},
	passes: {
		"nobody has looked": planned({ resource_changes: [policy] }),
		"nothing is there": planned({ live: nothing, resource_changes: [policy, newClaim] }),
		"a claim is made, and one for another use lies beside it": planned({
			live: { ...nothing, claims: [{ ...oldClaim, name: "api-data", mountedBy: ["deployment api"] }] },
			resource_changes: [newClaim, create("kubernetes_deployment_v1.web", claims("web-data-encrypted"))],
		}),
		"one for the same use lies in another namespace": planned({
			live: { ...nothing, claims: [{ ...oldClaim, namespace: "other" }] },
			resource_changes: [newClaim],
		}),
		"the workload mounts the other claim on": planned({
			live: { ...nothing, claims: [{ ...oldClaim, mountedBy: ["deployment web"] }] },
			resource_changes: [
				newClaim,
				create(
					"kubernetes_deployment_v1.web",
					workload("web", { claims: ["web-data", "web-data-encrypted"] }),
				),
			],
		}),
		"a set takes its own claims up again": planned({
			live: { ...nothing, claims: [{ ...oldClaim, name: "data-cache-0" }] },
			resource_changes: [set("cache")],
		}),
		"a claim of a set has another template": planned({
			live: { ...nothing, claims: [{ ...oldClaim, name: "logs-redis-0" }] },
			resource_changes: [set("cache")],
		}),
		"a claim is imported": planned({
			live: { ...nothing, claims: [oldClaim] },
			resource_changes: [
				resource(claim, ["no-op"], {
					importing: { id: "shop/web-data-encrypted" },
					before: typed("web-data-encrypted", {}),
					after: typed("web-data-encrypted", {}),
				}),
			],
		}),
	},
};

export const protectionRemoved: ClassCases = {
	finds: {
		"the code no longer forbids the destruction": {
			planned: planned({
				before: worldOf(prevented),
				after: worldOf(stackOf({ kubernetes_config_map_v1: {} })),
			}),
			findings: ["caution: its code no longer forbids Terraform to destroy it"],
		},
		"a volume is no longer retained, and a key may be deleted": {
			planned: planned({
				resource_changes: [
					update(
						"kubernetes_persistent_volume_v1.a",
						typed("a", { persistent_volume_reclaim_policy: "Retain" }),
						typed("a", { persistent_volume_reclaim_policy: "Delete" }),
					),
					update(
						"vault_transit_secret_backend_key.a",
						{ deletion_allowed: false },
						{ deletion_allowed: true },
					),
				],
			}),
			findings: [
				'caution: spec[0].persistent_volume_reclaim_policy is no longer "Retain"',
				"caution: deletion_allowed is no longer false",
			],
		},
	},
	passes: {
		"a volume becomes retained": planned({
			resource_changes: [
				update(
					"kubernetes_persistent_volume_v1.a",
					typed("a", { persistent_volume_reclaim_policy: "Delete" }),
					typed("a", { persistent_volume_reclaim_policy: "Retain" }),
				),
			],
		}),
		"the code goes on to forbid the destruction": planned({
			before: worldOf(prevented),
			after: worldOf(prevented),
		}),
	},
};
