import { type Block, stackOf, worldOf } from "../world.ts";
import { denied, type RuleCases } from "./rule-cases.ts";

interface Subject {
	readonly kind: string;
	readonly name: string;
	readonly namespace?: string;
}

const binding = (role: string, ...subject: readonly Subject[]) =>
	stackOf({
		kubernetes_cluster_role_binding_v1: {
			metadata: { name: "binding" },
			role_ref: { kind: "ClusterRole", name: role },
			subject: subject as unknown as Block,
		},
	});
const machine = { kind: "ServiceAccount", name: "runner", namespace: "shop" };
const person = { kind: "User", name: "a@example.com" };

export const machineNotClusterAdmin: RuleCases = {
	allow: {
		"a person who administers the cluster": worldOf(binding("cluster-admin", person)),
		"a machine with another role": worldOf(binding("view", machine)),
	},
	deny: {
		"a machine beside a person": denied(worldOf(binding("cluster-admin", person, machine)), [
			"subject[1]",
			"service account shop/runner gets cluster-admin",
		]),
		"a machine by a manifest": denied(
			worldOf(
				stackOf({
					kubernetes_manifest: {
						manifest: {
							kind: "RoleBinding",
							metadata: { name: "runner", namespace: "shop" },
							roleRef: { name: "cluster-admin" },
							subjects: [{ kind: "ServiceAccount", name: "runner" }],
						},
					},
				}),
			),
			["manifest.subjects[0]", "service account shop/runner gets cluster-admin"],
		),
	},
};

const pipelines = "woodpecker-pipelines-alice";
const policy = (name: string, path: string, capability: string) =>
	stackOf({
		vault_policy: { name, policy: JSON.stringify({ path: { [path]: { capabilities: [capability] } } }) },
	});

export const tenantPipelinesWithoutRights: RuleCases = {
	allow: {
		"an account of another namespace": worldOf(binding("view", machine)),
		"the token of a deployer": worldOf(
			policy("pipelines-alice", "kubernetes/creds/alice-deployer", "update"),
		),
		"secrets for the infrastructure's pipelines": worldOf(policy("ci-infra", "secret/data/ci", "read")),
	},
	deny: {
		"any account of the namespace": denied(worldOf(binding("view", { ...machine, namespace: pipelines })), [
			"subject[0]",
			`service account ${pipelines}/runner gets role view`,
		]),
		"the name of the namespace by reference": denied(
			worldOf(
				stackOf({
					kubernetes_namespace_v1: { metadata: { name: pipelines } },
					kubernetes_role_binding_v1: {
						metadata: { name: "runner", namespace: "shop" },
						role_ref: { kind: "Role", name: "reader" },
						subject: { ...machine, namespace: "${kubernetes_namespace_v1.it.metadata[0].name}" },
					},
				}),
			),
			["subject", `service account ${pipelines}/runner gets role reader`],
		),
		"the secrets of tenants": denied(worldOf(policy("pipelines-alice", "secret/data/*", "read")), [
			"policy",
			"policy pipelines-alice allows read at secret/data/*",
		]),
		"the token of every deployer": denied(
			worldOf(policy("pipelines-alice", "kubernetes/creds/*", "update")),
			["policy", "policy pipelines-alice allows update at kubernetes/creds/*"],
		),
	},
};
