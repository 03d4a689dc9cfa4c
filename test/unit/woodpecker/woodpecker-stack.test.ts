import { expect, test } from "vitest";
import { loadRegistry } from "../../../clients/vault/load-registry.ts";
import { loadSite } from "../../../config/load-site.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import type { Site } from "../../../config/schema/site.ts";
import { loadStack } from "../../../stacks/catalogue.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import { kubernetesObjects } from "../../../world/kubernetes-objects.ts";
import { roleBindings } from "../../../world/role-bindings.ts";
import type { Resource, World } from "../../../world/world.ts";
import { at } from "../../synth.ts";

const vault = await loadStack("vault");
const woodpecker = await loadStack("woodpecker");

const site = await loadSite("home");
const app = new InfraApp({
	site,
	registry: await loadRegistry(await loadSite("lab")),
	stacks: [vault, woodpecker],
});
const world: World = {
	site,
	stacks: app.check().documents.filter(({ stack }) => stack === "woodpecker"),
};

const resource = (kind: string, namespace: string, name: string): Resource => {
	const found = kubernetesObjects(world).find(kind, namespace, name);
	if (found === undefined) throw new Error(`no ${kind} ${namespace}/${name}`);
	return found.resource;
};
const release = (name: string) => {
	const [stack] = world.stacks;
	const found = stack?.resources.find(
		({ type, arguments: given }) => type === "helm_release" && given.name === name,
	);
	return JSON.parse(String(found && at(found, "values.0")));
};

test("one account is bound to a role for the whole cluster: that of the infrastructure's pipelines", () => {
	const bindings = roleBindings(world).filter(({ role }) => !role.startsWith("infrastructure-"));
	expect(bindings.map(({ role, accounts: [account] }) => ({ role, ...account }))).toEqual([
		{
			role: "cluster-admin",
			namespace: "woodpecker-infra",
			name: "infrastructure",
			argument: "subject[0]",
		},
	]);
});

test("the account that plans has roles of its own alone", () => {
	const roles = roleBindings(world).filter(({ accounts }) =>
		accounts.some(({ name }) => name === "infrastructure-plan"),
	);
	expect([...new Set(roles.map(({ role }) => role))].sort()).toEqual([
		"infrastructure-plan",
		"infrastructure-plan-secrets",
	]);
});

test("the account that renews the certificate may have tokens of its own, and nothing else in the cluster", () => {
	const roles = roleBindings(world).filter(({ accounts }) =>
		accounts.some(({ name }) => name === "infrastructure-certificate"),
	);
	expect(roles.map(({ role }) => role)).toEqual(["infrastructure-certificate"]);
	const role = world.stacks[0]?.resources.find(
		(one) => one.type === "kubernetes_role_v1" && at(one, "metadata.name") === "infrastructure-certificate",
	);
	expect(role?.arguments.rule).toEqual([
		{
			api_groups: [""],
			resources: ["serviceaccounts/token"],
			resource_names: ["infrastructure-certificate"],
			verbs: ["create"],
		},
	]);
});

test("the account gets its rights after the policy that keeps others from it", () => {
	const [binding] = roleBindings(world);
	const [fence] = (binding?.object.resource.arguments.depends_on ?? []) as string[];
	expect(fence).toBeDefined();
	const policy = world.stacks[0]?.resources.find(({ address }) => address === fence);
	expect(policy?.arguments.manifest).toMatchObject({
		kind: "ValidatingAdmissionPolicyBinding",
		spec: { policyName: "infrastructure-pipelines", validationActions: ["Deny"] },
	});
});

test("the agents of each release run steps in a namespace that the other has nothing to do with", () => {
	const namespaceOf = (name: string) => release(name).agent.env.WOODPECKER_BACKEND_K8S_NAMESPACE;
	expect(namespaceOf("agent-alice")).toBe("woodpecker-pipelines-alice");
	expect(namespaceOf("woodpecker-infra")).toBe("woodpecker-infra");
	for (const name of ["agent-alice", "woodpecker-infra"])
		expect(release(name).server).toEqual({ enabled: false });
	expect(release("woodpecker").agent).toEqual({ enabled: false });
});

test("each agent has a secret of its own, and the server that of the infrastructure's alone", () => {
	const secretOf = (name: string, part: "agent" | "server") => release(name)[part].extraSecretNamesForEnvFrom;
	expect(secretOf("agent-alice", "agent")).toEqual(["agent-alice"]);
	expect(secretOf("woodpecker-infra", "agent")).toEqual(["woodpecker-agent-secret"]);
	expect(secretOf("woodpecker", "server")).not.toContain("agent-alice");
	expect(at(resource("external_secret", "woodpecker", "agent-alice"), "manifest.spec.data")).toEqual([
		{
			secretKey: "WOODPECKER_AGENT_SECRET",
			remoteRef: { key: "woodpecker/agents/alice", property: "token" },
		},
	]);
});

test("somebody who is disabled keeps the namespace and has no agent, and who has no organisation there has neither", async () => {
	const people = {
		alice: {
			role: "namespace-owner",
			email: "a@example.com",
			namespaces: ["alice"],
			ci_org_id: 2,
			disabled: true,
		},
		bob: { role: "namespace-owner", email: "b@example.com", namespaces: ["bob"] },
	};
	const { documents } = new InfraApp({
		site,
		registry: parseRegistry(JSON.stringify(people)),
		stacks: [vault, woodpecker],
	}).check();
	const [document] = documents.filter(({ stack }) => stack === "woodpecker");
	const ofOwners = document?.resources.filter(({ path }) => path.includes("/owner-")).map(({ type }) => type);
	expect(new Set(ofOwners)).toEqual(
		new Set([
			"kubernetes_namespace_v1",
			"kubernetes_limit_range_v1",
			"kubernetes_resource_quota_v1",
			"kubernetes_network_policy_v1",
		]),
	);
	const roles = documents.flatMap(({ resources }) =>
		resources.map(({ arguments: given }) => given.role_name),
	);
	expect(roles).not.toContain("pipelines-alice");
});

test("the database's password is a part of a URL that the operator fills in when Vault has changed it", () => {
	const { arguments: given } = resource("external_secret", "woodpecker", "woodpecker-db-creds");
	expect(given.manifest).toMatchObject({
		spec: {
			secretStoreRef: { name: "vault-database" },
			data: [
				{
					secretKey: "password",
					remoteRef: { key: "static-creds/pg-woodpecker", property: "password" },
				},
			],
			target: {
				template: {
					data: {
						WOODPECKER_DATABASE_DATASOURCE:
							"postgres://woodpecker:{{ .password | urlquery }}@pg-cluster-rw.dbaas.svc.cluster.local:5432/woodpecker?sslmode=disable",
					},
				},
			},
		},
	});
});

test("steps of tenants reach Vault, the API server and the world, and no machine of the site", () => {
	const policy = resource("network_policy", "woodpecker-pipelines-alice", "pipelines");
	const egress = at(policy, "spec.egress");
	expect(egress).toContainEqual({
		to: [{ ip_block: { cidr: "10.0.20.100/32" } }],
		ports: [{ protocol: "TCP", port: "6443" }],
	});
	expect(at(policy, "spec.egress.6.to.0.ip_block")).toEqual({
		cidr: "0.0.0.0/0",
		except: ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"],
	});
});

test("the job that copies secrets runs as the account that Vault knows", () => {
	const task = resource("cron_job", "woodpecker", "vault-woodpecker-sync");
	const account = at(task, "spec.job_template.spec.template.spec.service_account_name");
	expect(kubernetesObjects(world).resolve("woodpecker", account)).toBe("woodpecker-secret-sync");
});

test("while Vault is not initialised there is a namespace, and no need of a registry", () => {
	const first: Site = { ...site, vault: { ...site.vault, phase: "server" } };
	const { documents, findings } = new InfraApp({ site: first, stacks: [vault, woodpecker] }).check();
	expect(findings).toEqual([]);
	const [document] = documents.filter(({ stack }) => stack === "woodpecker");
	expect(document?.resources.map(({ type }) => type)).toEqual(["kubernetes_namespace_v1"]);
});
