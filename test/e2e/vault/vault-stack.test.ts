import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { AppliedVault } from "./applied-vault.ts";

const ready = needsPrograms(...controlPlanePrograms, "bao|vault", "terraform");

const alice = { role: "namespace-owner", email: "a@example.com", namespaces: ["alice"], ci_org_id: 2 };
const bob = { role: "namespace-owner", email: "b@example.com", namespaces: ["bob", "bob-dev"], ci_org_id: 3 };
const registry = { alice, bob };

/** Whatever ends in a state, a plan or a log is found by it. */
const canary = "canary-4711";

const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-vault-`));
let world: AppliedVault;
let missing: string | undefined;
/** Tokens by holder. */
const tokens: Record<string, string> = {};

beforeAll(async () => {
	if (!ready) return;
	world = await AppliedVault.start(folder);
	missing = await world.providersMissing(registry);
	if (missing !== undefined) return;
	await world.apply(registry);
	for (const entry of [
		"platform",
		"vault",
		"vault/sub",
		"viktor",
		"alice/app",
		"alice2/app",
		"bob/app",
		"ci",
		"ci/global",
		"woodpecker",
	])
		await world.server.must("POST", `secret/data/${entry}`, { data: { key: canary, other: "kept" } });
	for (const [name, email] of [
		["alice", alice.email],
		["bob", bob.email],
		["stranger", "x@example.com"],
	] as const)
		tokens[name] = (await world.login(email)).token;
	for (const [role, namespace, account, audience] of [
		["pipelines-alice", "woodpecker-pipelines-alice", "default"],
		["pipelines-bob", "woodpecker-pipelines-bob", "default"],
		["woodpecker-sync", "woodpecker", "woodpecker-secret-sync", "vault"],
		["eso", "external-secrets", "external-secrets", "vault"],
		["ci-infra", "woodpecker-infra", "infrastructure", "vault"],
		["openclaw", "openclaw", "openclaw"],
	] as const)
		tokens[role] = (await world.machine(role, namespace, account, audience)).token;
	for (const namespace of ["alice", "bob"])
		await world.plane.ask("POST", `/apis/apps/v1/namespaces/${namespace}/deployments`, {
			metadata: { name: "web" },
			spec: {
				selector: { matchLabels: { app: "web" } },
				template: {
					metadata: { labels: { app: "web" } },
					spec: { containers: [{ name: "web", image: "docker.io/library/nginx:1.29.0" }] },
				},
			},
		});
}, 300_000);
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});
afterAll(async () => {
	await world?.stop();
	rmSync(folder, { recursive: true });
});

const as = (holder: string, method: string, path: string, body?: object) =>
	world.server.ask(method, path, body, tokens[holder]);

const issue = (holder: string, role: string, namespace: string, more: object = {}) =>
	as(holder, "POST", `kubernetes/creds/${role}`, { kubernetes_namespace: namespace, ...more });

describe("the stack on real servers", () => {
	test("has nothing left to change after it was applied", async () => {
		expect(await world.plan(registry)).toEqual([]);
	});

	test("leaves no secret in state, plan, output or document", async () => {
		const traces = await world.traces();
		expect(traces).toContain("namespace-owner-alice");
		expect(traces).not.toContain(canary);
		// A signed token; the state's own fields begin alike, hence the algorithm.
		expect(traces).not.toContain("eyJhbGciOi");
	});
});

describe("an owner", () => {
	const data = { data: { k: "v" } };

	test("rows 1, 2, 5: writes, reads and lists the own secrets, at the path itself and below it", async () => {
		expect((await as("alice", "POST", "secret/data/alice/app", data)).status).toBe(200);
		expect((await as("alice", "GET", "secret/data/alice/app")).body.data.data).toEqual({ k: "v" });
		expect((await as("alice", "POST", "secret/data/alice", data)).status).toBe(200);
		expect((await as("alice", "LIST", "secret/metadata/alice")).body.data.keys).toEqual(["app"]);
	});

	test.for([
		["3", "GET", "secret/data/bob/app"],
		["4", "GET", "secret/data/alice2/app"],
		["6", "LIST", "secret/metadata/"],
		["7", "GET", "secret/data/platform"],
		["7", "GET", "secret/data/vault"],
		["7", "GET", "secret/data/viktor"],
		["15", "POST", "kubernetes/creds/bob-deployer"],
		["15", "POST", "kubernetes/creds/dashboard-admin"],
		["17", "POST", "transit/encrypt/sops-state-bob"],
		["17", "POST", "transit/decrypt/sops-state-bob"],
		["17", "POST", "transit/encrypt/sops-state-vault"],
		["18", "GET", "sys/policies/acl/ci"],
		["18", "GET", "auth/kubernetes/role/ci"],
	] as const)("row %s: may not %s %s", async ([, method, path]) => {
		const body = method === "POST" ? { plaintext: "YQ==", kubernetes_namespace: "bob" } : undefined;
		expect((await as("alice", method, path, body)).status).toBe(403);
	});

	test("rows 8 to 10: deletes, restores, destroys and patches what is their own", async () => {
		await as("alice", "POST", "secret/data/alice/old", data);
		expect((await as("alice", "DELETE", "secret/data/alice/old")).status).toBe(204);
		expect((await as("alice", "POST", "secret/undelete/alice/old", { versions: [1] })).status).toBe(204);
		expect((await as("alice", "PATCH", "secret/data/alice/old", { data: { more: "2" } })).status).toBe(200);
		expect((await as("alice", "POST", "secret/destroy/alice/old", { versions: [1] })).status).toBe(204);
		expect((await as("alice", "DELETE", "secret/metadata/alice/old")).status).toBe(204);
		expect((await as("alice", "POST", "secret/undelete/bob/app", { versions: [1] })).status).toBe(403);
	});

	test("rows 11 to 14: gets a deployer's token for the own namespace, an hour at most, and no other way", async () => {
		const issued = await issue("alice", "alice-deployer", "alice");
		expect(issued.status).toBe(200);
		expect(issued.body).toMatchObject({ lease_duration: 1800, renewable: false });
		const foreign = await issue("alice", "alice-deployer", "bob");
		expect([foreign.status, foreign.body.errors.join()]).toEqual([
			400,
			expect.stringContaining("not present in role's allowed_kubernetes_namespaces"),
		]);
		expect((await issue("alice", "alice-deployer", "alice", { cluster_role_binding: true })).status).toBe(
			400,
		);
		const long = await issue("alice", "alice-deployer", "alice", { ttl: "2h" });
		expect(long.body.lease_duration).toBe(3600);
		expect((await as("alice", "GET", "kubernetes/creds/alice-deployer")).status).toBe(403);
	});

	test("row 16: encrypts and decrypts the own states", async () => {
		const { body } = await as("alice", "POST", "transit/encrypt/sops-state-alice", { plaintext: "c3RhdGU=" });
		const { ciphertext } = body.data;
		expect(
			(await as("alice", "POST", "transit/decrypt/sops-state-alice", { ciphertext })).body.data.plaintext,
		).toBe("c3RhdGU=");
	});

	test("keeps their state keys, which not even the root token deletes", async () => {
		const refused = await world.server.ask("DELETE", "transit/keys/sops-state-alice");
		expect([refused.status, refused.body.errors.join()]).toEqual([
			400,
			expect.stringContaining("deletion is not allowed for this key"),
		]);
	});

	test("row 19: of two namespaces gets tokens for both", async () => {
		expect((await issue("bob", "bob-deployer", "bob")).status).toBe(200);
		expect((await issue("bob", "bob-dev-deployer", "bob-dev")).status).toBe(200);
	});
});

describe("a deployer's token", () => {
	const image = (name: string) => ({
		spec: { template: { spec: { containers: [{ name: "web", image: name }] } } },
	});
	const deployments = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments`;

	/** The API server takes a token once it has seen the binding that was made with it. */
	const taken = (token: string) =>
		waitFor(
			"the token is good for something",
			async () => (await world.plane.ask("GET", deployments("alice"), undefined, token)).status === 200,
			{ within: 60_000 },
		);

	test("sets an image and watches the rollout in its namespace, and does nothing else", async () => {
		const { body } = await issue("pipelines-alice", "alice-deployer", "alice");
		const token = body.data.service_account_token;
		await taken(token);
		const status = async (method: string, path: string, sent?: object) =>
			(await world.plane.ask(method, path, sent, token)).status;
		expect(
			await status("PATCH", `${deployments("alice")}/web`, image("docker.io/library/nginx:1.29.1")),
		).toBe(200);
		expect(await status("GET", `${deployments("alice")}?watch=true&timeoutSeconds=1`)).toBe(200);
		expect(await status("GET", "/apis/apps/v1/namespaces/alice/replicasets")).toBe(200);
		expect(await status("GET", "/api/v1/namespaces/alice/pods")).toBe(200);
		expect(await status("PATCH", `${deployments("bob")}/web`, image("docker.io/library/nginx:1.29.1"))).toBe(
			403,
		);
		expect(await status("GET", deployments("bob"))).toBe(403);
		expect(await status("GET", "/api/v1/namespaces/alice/secrets")).toBe(403);
		expect(await status("DELETE", `${deployments("alice")}/web`)).toBe(403);
		expect(await status("POST", "/api/v1/namespaces/alice/pods", { metadata: { name: "x" } })).toBe(403);
		expect(await status("GET", "/api/v1/nodes")).toBe(403);
	});

	test("ends with its lease", async () => {
		const { body } = await issue("alice", "alice-deployer", "alice");
		const { service_account_token: token, service_account_name: account } = body.data;
		const list = async () => (await world.plane.ask("GET", deployments("alice"), undefined, token)).status;
		await taken(token);
		await world.server.must("POST", "sys/leases/revoke", { lease_id: body.lease_id, sync: true });
		// At first it is forbidden: who it is, the API server remembers for ten seconds.
		await waitFor("the token is unknown", async () => (await list()) === 401, { within: 60_000, every: 500 });
		expect((await world.plane.ask("GET", `/api/v1/namespaces/alice/serviceaccounts/${account}`)).status).toBe(
			404,
		);
	});

	test("cannot be had for more than Vault may bind itself", async () => {
		await world.server.must("POST", "kubernetes/roles/local-admin", {
			allowed_kubernetes_namespaces: ["alice"],
			kubernetes_role_type: "ClusterRole",
			kubernetes_role_name: "cluster-admin",
		});
		const refused = await world.server.ask("POST", "kubernetes/creds/local-admin", {
			kubernetes_namespace: "alice",
		});
		expect(refused.status).toBe(500);
		expect(refused.body.errors.join()).toContain("forbidden");
		await world.server.must("DELETE", "kubernetes/roles/local-admin");
	});
});

describe("a machine of the platform", () => {
	test("rows 20, 22: an owner's pipeline deploys for that owner alone and reads no secret", async () => {
		for (const namespace of ["bob", "bob-dev"]) {
			expect((await issue("pipelines-bob", `${namespace}-deployer`, namespace)).status).toBe(200);
			expect((await issue("pipelines-alice", `${namespace}-deployer`, namespace)).status).toBe(403);
		}
		expect((await issue("pipelines-bob", "alice-deployer", "alice")).status).toBe(403);
		for (const entry of ["viktor", "platform", "alice/app", "ci/global", "woodpecker/agents/alice"])
			expect((await as("pipelines-alice", "GET", `secret/data/${entry}`)).status).toBe(403);
		for (const key of ["vault", "alice"])
			expect(
				(
					await as("pipelines-alice", "POST", `transit/decrypt/sops-state-${key}`, {
						ciphertext: "vault:v1:x",
					})
				).status,
			).toBe(403);
	});

	test("row 23: the project's own pipeline cannot replace the registry's entry unseen", async () => {
		const write = (cas: number) =>
			as("ci-infra", "PATCH", "secret/data/platform", { options: { cas }, data: { k8s_users: "{}" } });
		expect((await as("ci-infra", "GET", "secret/data/platform")).status).toBe(200);
		expect((await write(7)).status).toBe(400);
		expect((await write(1)).status).toBe(200);
		const { data } = (await world.server.must("GET", "secret/data/platform")).data;
		expect(data).toEqual({ key: canary, other: "kept", k8s_users: "{}" });
	});

	test.for([
		["secret/data/vault", 403],
		["secret/data/vault/sub", 403],
		["secret/data/alice/app", 403],
		["secret/data/bob/app", 403],
		["secret/data/viktor", 200],
		["secret/data/woodpecker", 200],
		["database/static-creds/pg-terraform-state", 403],
	] as const)("row 24: External Secrets at %s: %i", async ([path, status]) => {
		expect((await as("eso", "GET", path)).status).toBe(status);
	});

	test.for([
		["secret/data/ci/global", 200],
		["secret/data/ci", 403],
		["secret/data/woodpecker", 403],
	] as const)("row 26: the sync of CI secrets at %s: %i", async ([path, status]) => {
		expect((await as("woodpecker-sync", "GET", path)).status).toBe(status);
	});

	test.for([
		["woodpecker-sync", "woodpecker", "woodpecker-secret-sync"],
		["eso", "external-secrets", "external-secrets"],
		["tenant-secrets-alice", "alice", "secrets-reader"],
	] as const)(
		"logs in as %s with a token for Vault, and with none of the API server",
		async ([role, namespace, account]) => {
			const refused = await world.machine(role, namespace, account);
			expect([refused.status, refused.error]).toEqual([403, expect.stringContaining("audience")]);
			const other = await world.machine(role, namespace, account, "https://elsewhere.example");
			expect(other.status).toBe(403);
			expect((await world.machine(role, namespace, account, "vault")).status).toBe(200);
		},
	);

	test("gets the token of the one account that it is for", async () => {
		expect((await issue("openclaw", "openclaw", "openclaw")).status).toBe(200);
		expect((await issue("openclaw", "alice-deployer", "alice")).status).toBe(403);
		expect((await as("openclaw", "GET", "secret/data/viktor")).status).toBe(403);
	});

	test("rows 27, 28: logs in with its own account in its own namespace only", async () => {
		const role = "pipelines-alice";
		expect((await world.machine(role, "woodpecker-pipelines-alice", "default")).status).toBe(200);
		const otherAccount = await world.machine(role, "woodpecker-pipelines-alice", "other");
		expect([otherAccount.status, otherAccount.error]).toEqual([403, "service account name not authorized"]);
		for (const other of ["alice", "woodpecker-pipelines-bob", "woodpecker-pipelines-alice-dev"]) {
			const { status, error } = await world.machine(role, other, "default");
			expect([status, error]).toEqual([403, "namespace not authorized"]);
		}
	});
});

describe("the former policies, as controls", () => {
	async function holderOf(policy: string): Promise<string> {
		await world.server.must("PUT", "sys/policies/acl/control", { policy });
		const { auth } = await world.server.must("POST", "auth/token/create", { policies: ["control"] });
		tokens.control = auth.client_token;
		return "control";
	}
	const rule = (path: string, ...capabilities: string[]) =>
		`path "${path}" { capabilities = ${JSON.stringify(capabilities)} }\n`;

	test("row 11: read at a deployer's credentials issues nothing", async () => {
		const holder = await holderOf(rule("kubernetes/creds/alice-deployer", "read"));
		expect((await issue(holder, "alice-deployer", "alice")).status).toBe(403);
		expect((await as(holder, "GET", "kubernetes/creds/alice-deployer")).status).toBe(405);
	});

	test("row 21: a star in the middle of a path matches nothing, whatever it allows", async () => {
		const holder = await holderOf(rule("kubernetes/creds/*-deployer", "read", "update"));
		expect((await issue(holder, "alice-deployer", "alice")).status).toBe(403);
	});

	test("row 23: read and update at every secret let a pipeline read the administrator's and empty the registry's", async () => {
		const holder = await holderOf(
			rule("secret/data/*", "read", "list") + rule("secret/data/platform", "create", "read", "update"),
		);
		const { data } = (await world.server.must("GET", "secret/data/platform")).data;
		expect((await as(holder, "GET", "secret/data/viktor")).status).toBe(200);
		expect((await as(holder, "POST", "secret/data/platform", { data: { k8s_users: "null" } })).status).toBe(
			200,
		);
		expect((await world.server.must("GET", "secret/data/platform")).data.data).toEqual({ k8s_users: "null" });
		await world.server.must("POST", "secret/data/platform", { data });
	});

	test("row 24: a denied path without its subtree leaves what lies below it", async () => {
		const holder = await holderOf(rule("secret/data/*", "read") + rule("secret/data/vault", "deny"));
		expect((await as(holder, "GET", "secret/data/vault")).status).toBe(403);
		expect((await as(holder, "GET", "secret/data/vault/sub")).status).toBe(200);
	});

	test.for(["+", "*"])("row 29: a user called %s would have owned every secret", async (key) => {
		const holder = await holderOf(rule(`secret/data/${key}`, "read"));
		expect((await as(holder, "GET", "secret/data/viktor")).status).toBe(200);
	});
});

describe("a person's identity", () => {
	test("has the policies of the entry, whatever the case of the address", async () => {
		for (const email of ["a@example.com", "A@Example.com"])
			expect((await world.login(email)).policies).toEqual([
				"default",
				"namespace-owner-alice",
				"sops-user-alice",
			]);
	});

	test("of nobody in the registry has the default policy and no more", async () => {
		expect((await world.login("y@example.com")).policies).toEqual(["default"]);
		expect((await as("stranger", "GET", "secret/data/alice/app")).status).toBe(403);
	});

	test("in the provider's group of administrators administers Vault", async () => {
		expect((await world.login("d@example.com", ["authentik Admins"])).policies).toEqual([
			"default",
			"sops-admin",
			"vault-admin",
		]);
	});
});

describe("the reader of a tenant's namespace", () => {
	test("reads the secrets of the person who has the namespace, and changes none", async () => {
		tokens.reader = (await world.machine("tenant-secrets-alice", "alice", "secrets-reader", "vault")).token;
		expect((await as("reader", "GET", "secret/data/alice/app")).status).toBe(200);
		expect((await as("reader", "POST", "secret/data/alice/app", { data: { key: "x" } })).status).toBe(403);
		for (const foreign of ["bob/app", "alice2/app", "platform"])
			expect([foreign, (await as("reader", "GET", `secret/data/${foreign}`)).status]).toEqual([foreign, 403]);
	});

	test("is its own service account: no pod of the namespace logs in by its default one", async () => {
		expect(await world.machine("tenant-secrets-alice", "alice", "default", "vault")).toMatchObject({
			status: 403,
			error: "service account name not authorized",
		});
	});

	test.for([
		["tenant-secrets-alice", "alice", "secrets-reader"],
		["eso", "external-secrets", "external-secrets"],
	] as const)("role %s takes no token that a pod has mounted", async ([role, namespace, account]) => {
		expect(await world.machine(role, namespace, account)).toMatchObject({
			status: 403,
			error: expect.stringContaining("invalid audience (aud) claim"),
		});
	});

	test("gets a token that the API server does not take", async () => {
		const path = "/api/v1/namespaces/alice/serviceaccounts/secrets-reader/token";
		const { body } = await world.plane.ask("POST", path, { spec: { audiences: ["vault"] } });
		expect((await world.plane.ask("GET", "/api", undefined, body.status.token)).status).toBe(401);
	});

	test("is missing in a shared namespace", async () => {
		const both = { alice: { ...alice, namespaces: ["alice", "bob-dev"] }, bob };
		const plan = await world.plan(both);
		expect(
			plan
				.filter(({ actions }) => actions.join() === "delete")
				.map(({ address }) => address.replace(/_[0-9A-F]{8}$/, ""))
				.sort(),
		).toEqual([
			"kubernetes_service_account_v1.namespace-bob-dev_secrets_account",
			"vault_kubernetes_auth_backend_role.namespace-bob-dev_secrets_role",
			"vault_policy.namespace-bob-dev_secrets_policy",
		]);
	});
});

describe("a change of the registry", () => {
	const erin = { role: "namespace-owner", email: "e@example.com", namespaces: ["erin"] };
	const shared = (change: { address: string; actions: readonly string[] }) =>
		change.actions.join() === "update"
			? change.address.replace(/^(\w+\.contents)_/, "$1 ").replace(/_[0-9A-F]{8}$/, "")
			: change.address.replace(/_[0-9A-F]{8}$/, "");

	test("that adds somebody touches the newcomer's objects and the list of all tenants", async () => {
		const plan = await world.plan({ ...registry, erin });
		expect(plan.filter(({ actions }) => actions.includes("delete"))).toEqual([]);
		expect(
			plan
				.filter(({ actions }) => actions.join() === "create")
				.every(({ address }) => address.includes("erin")),
		).toBe(true);
		expect(plan.filter(({ actions }) => actions.join() === "create")).toHaveLength(8 + 4 + 3);
		expect(
			plan
				.filter(({ actions }) => actions.join() === "update")
				.map(shared)
				.sort(),
		).toEqual(["kubernetes_cluster_role_v1.contents kubernetes_cluster-role"]);
	});

	test("that hands a namespace over destroys no namespace, role or key", async () => {
		const plan = await world.plan({
			alice: { ...alice, namespaces: ["alice", "bob-dev"] },
			bob: { ...bob, namespaces: ["bob"] },
		});
		expect(plan.every(({ actions }) => actions.join() === "update")).toBe(true);
		expect(
			plan
				.filter(({ address }) => address.includes("vault_policy"))
				.map(shared)
				.sort(),
		).toEqual([
			"vault_policy.namespace-bob-dev_secrets_policy",
			"vault_policy.owner-alice_pipelines-policy",
			"vault_policy.owner-alice_policy",
			"vault_policy.owner-alice_state-policy",
			"vault_policy.owner-bob_pipelines-policy",
			"vault_policy.owner-bob_policy",
			"vault_policy.owner-bob_state-policy",
		]);
	});

	test("that disables somebody ends every right at once and keeps namespaces and data", async () => {
		await world.apply({ alice, bob: { ...bob, disabled: true } });
		expect((await as("bob", "GET", "secret/data/bob/app")).status).toBe(403);
		expect((await world.login(bob.email)).policies).toEqual(["default"]);
		expect((await world.plane.ask("GET", "/api/v1/namespaces/bob")).status).toBe(200);
		expect((await world.server.must("GET", "secret/data/bob/app")).data.data.key).toBe(canary);
		expect((await as("alice", "GET", "secret/data/alice/app")).status).toBe(200);
		// The pipelines' token outlives its role for a quarter of an hour, and the policy behind it is gone.
		expect((await issue("pipelines-bob", "bob-deployer", "bob")).status).toBe(403);
		expect((await world.machine("pipelines-bob", "woodpecker-pipelines-bob", "default")).status).toBe(400);
		expect(await world.plan({ alice, bob: { ...bob, disabled: true } })).toEqual([]);
	});

	test("that removes them destroys exactly what was theirs, the state keys included", async () => {
		const plan = await world.plan({ alice });
		const destroyed = plan.filter(({ actions }) => actions.join() === "delete");
		expect(destroyed.every(({ address }) => address.includes("bob"))).toBe(true);
		expect(destroyed).toHaveLength(2 * 4);
		await world.apply({ alice });
		expect((await world.server.ask("GET", "transit/keys/sops-state-bob")).status).toBe(404);
		await waitFor(
			"the namespace is gone",
			async () => (await world.plane.ask("GET", "/api/v1/namespaces/bob")).status === 404,
			{ within: 60_000, every: 500 },
		);
		expect((await as("alice", "GET", "secret/data/alice/app")).status).toBe(200);
	}, 300_000);
});
