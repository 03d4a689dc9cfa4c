import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { identityEnvironment } from "../../../cli/as/identity-environment.ts";
import { clusterKubeconfig } from "../../../clients/kubernetes/kubeconfig.ts";
import { type PipelineIdentity, pipelineIdentities } from "../../../config/pipeline-identities.ts";
import { accountEntry } from "../../../config/schema/certificate.ts";
import type { Site } from "../../../config/schema/site.ts";
import { certifierMachine } from "../../../config/sites/vault-defaults.ts";
import { findProgram } from "../../../lab/find-program.ts";
import { controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { AppliedVault } from "../vault/applied-vault.ts";

const ready = needsPrograms(...controlPlanePrograms, "bao|vault", "terraform", "kubectl");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-identities-`));
const namespace = "woodpecker-infra";
const accounts = {
	planner: "infrastructure-plan",
	certifier: certifierMachine.serviceAccount,
	deployer: "infrastructure",
} as const satisfies Record<PipelineIdentity, string>;
const registry = { alice: { role: "namespace-owner", email: "alice@example.com", namespaces: ["alice"] } };
let world: AppliedVault;
let missing: string | undefined;

beforeAll(async () => {
	if (!ready) return;
	world = await AppliedVault.start(folder);
	missing = await world.providersMissing(registry);
	if (missing !== undefined) return;
	await world.apply(registry);
	const { plane, server } = world;
	await plane.ask("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
	// What the stack woodpecker gives them: the right to tokens of their own.
	const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
	for (const name of Object.values(accounts)) {
		await plane.ask("POST", `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name } });
		await plane.ask("POST", `${rbac}/roles`, {
			metadata: { name },
			rules: [
				{ apiGroups: [""], resources: ["serviceaccounts/token"], resourceNames: [name], verbs: ["create"] },
			],
		});
		await plane.ask("POST", `${rbac}/rolebindings`, {
			metadata: { name },
			roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
			subjects: [{ kind: "ServiceAccount", name, namespace }],
		});
	}
	for (const who of pipelineIdentities)
		await server.must("POST", `secret/data/infra-robot/${who}`, {
			data: { INFRA_FORGE_TOKEN: `forge-of-${who}` },
		});
	await server.must("POST", "secret/data/woodpecker", { data: { agent_secret: "x" } });
	await waitFor("the API server has seen the bindings", everyoneMayHaveTokens, { within: 60_000 });
}, 240_000);
afterAll(async () => {
	await world?.stop();
	rmSync(folder, { recursive: true });
});
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});

async function everyoneMayHaveTokens(): Promise<boolean> {
	const reviews = Object.values(accounts).map((name) =>
		world.plane.ask("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
			spec: {
				user: `system:serviceaccount:${namespace}:${name}`,
				resourceAttributes: {
					verb: "create",
					resource: "serviceaccounts",
					subresource: "token",
					name,
					namespace,
				},
			},
		}),
	);
	return (await Promise.all(reviews)).every(({ body }) => body.status.allowed);
}

const site = (cluster: Partial<Site["cluster"]> = {}) => ({
	...world.site,
	woodpecker: { ...world.site.woodpecker, certifier: "ci-certificate" },
	cluster: { ...world.site.cluster, ...cluster },
});

/** A pod of an account, as the kubelet mounts its token. */
async function pod(account: string) {
	const { body } = await world.plane.ask(
		"POST",
		`/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
		{ spec: { expirationSeconds: 600 } },
	);
	const mounted = mkdtempSync(join(folder, "pod-"));
	writeFileSync(join(mounted, "token"), body.status.token);
	writeFileSync(join(mounted, "ca.crt"), world.plane.ca);
	return { folder: mounted, server: world.plane.host };
}
async function environmentOf(
	who: PipelineIdentity,
	{ account = accounts[who], cluster = {} }: { account?: string; cluster?: Partial<Site["cluster"]> } = {},
) {
	const home = join(mkdtempSync(join(folder, "home-")), "home");
	mkdirSync(home);
	return identityEnvironment(site(cluster), who, { pod: await pod(account), home });
}
const as = async (who: PipelineIdentity, account: string = accounts[who]) =>
	(await environmentOf(who, { account })).variables;
/** Has an entry hold this while something is done. */
async function withEntry(who: PipelineIdentity, data: object, work: () => Promise<void>): Promise<void> {
	const path = `secret/data/infra-robot/${who}`;
	await world.server.must("POST", path, { data });
	try {
		await work();
	} finally {
		await world.server.must("POST", path, { data: { INFRA_FORGE_TOKEN: `forge-of-${who}` } });
	}
}
const may = async (token: string, method: string, path: string, body: object = {}) =>
	(await world.server.ask(method, path, method === "GET" ? undefined : body, token)).status !== 403;
const input = { input: Buffer.from("x").toString("base64") };

describe("a pod of the pipelines", () => {
	test("gets an environment that is whole, and nothing of this process'", async () => {
		const env = await as("planner");
		expect(Object.keys(env).sort()).toEqual([
			"CI",
			"HOME",
			"INFRA_FORGE_TOKEN",
			"PATH",
			"VAULT_ADDR",
			"VAULT_TOKEN",
		]);
		expect(env.INFRA_FORGE_TOKEN).toBe("forge-of-planner");
		expect(readFileSync(join(env.HOME ?? "", ".kube/config"), "utf8")).toContain(world.plane.host);
	});

	test("reaches the cluster by the file and the context that the site names", async () => {
		const cluster = { kubeconfig: "~/.kube/clusters/other", context: "admin" };
		const { variables: env } = await environmentOf("planner", { cluster });
		const file = clusterKubeconfig(cluster.kubeconfig, env.HOME);
		const options = [`--kubeconfig=${file}`, `--context=${cluster.context}`];
		const { stdout } = await promisify(execFile)(
			findProgram("kubectl") ?? "kubectl",
			["auth", "whoami", ...options],
			{ env },
		);
		expect(stdout).toContain(`system:serviceaccount:${namespace}:${accounts.planner}`);
		expect(readdirSync(join(env.HOME, ".kube"))).not.toContain("config");
	});

	test.for(["~/../other", "/elsewhere/config", "beside/config"])(
		"has its own file where the site says %s, which is not below its home",
		async (kubeconfig) => {
			const { variables } = await environmentOf("planner", { cluster: { kubeconfig } });
			expect(readdirSync(variables.HOME, { recursive: true }).sort()).toEqual([".kube", ".kube/config"]);
		},
	);

	test("that plans signs reviews and reads, and cannot pass for the one that deploys", async () => {
		const { VAULT_TOKEN: token = "" } = await as("planner");
		expect(await may(token, "POST", "transit/hmac/infra-review/sha2-256", input)).toBe(true);
		expect(await may(token, "GET", "secret/data/platform")).toBe(true);
		expect(await may(token, "POST", "secret/data/platform", { data: {} })).toBe(false);
		expect(await may(token, "GET", "secret/data/woodpecker")).toBe(false);
		expect(await may(token, "GET", "secret/data/infra-robot/deployer")).toBe(false);
		expect(await may(token, "POST", "transit/encrypt/sops-state-storage", { plaintext: "" })).toBe(false);
		expect(await may(token, "POST", "sys/policies/acl/x", { policy: "" })).toBe(false);
	});

	test("that deploys checks reviews, and can neither sign one nor give rights", async () => {
		const { VAULT_TOKEN: token = "" } = await as("deployer");
		expect(await may(token, "POST", "transit/hmac/infra-review/sha2-256", input)).toBe(false);
		expect(
			await may(token, "POST", "transit/verify/infra-review/sha2-256", { ...input, hmac: "vault:v1:x" }),
		).toBe(true);
		expect(await may(token, "GET", "secret/data/infra-robot/planner")).toBe(false);
		for (const path of ["sys/policies/acl/x", "auth/kubernetes/role/x", "identity/entity"])
			expect(await may(token, "POST", path)).toBe(false);
	});

	test("that plans may not read what the stacks vault and woodpecker hold", async () => {
		const { VAULT_TOKEN: token = "" } = await as("planner");
		for (const path of ["sys/policies/acl/ci-infra", "auth/kubernetes/role/ci-infra"])
			expect(await may(token, "GET", path)).toBe(false);
	});

	test("that renews the certificate writes that and the account at the authority, and nothing else", async () => {
		const { VAULT_TOKEN: token = "" } = await as("certifier");
		const { vaultPath } = world.site.cluster.ingress.certificate;
		for (const path of [vaultPath, accountEntry(vaultPath)]) {
			expect(await may(token, "POST", `secret/data/${path}`, { data: { of: "a test" } })).toBe(true);
			expect(await may(token, "GET", `secret/data/${path}`)).toBe(true);
		}
		// It is asked before a certificate is ordered.
		const paths = [`secret/data/${vaultPath}`];
		const { body } = await world.server.ask("POST", "sys/capabilities-self", { paths }, token);
		expect(body.data[paths[0] ?? ""].sort()).toEqual(["create", "read", "update"]);
		expect(await may(token, "DELETE", `secret/metadata/${vaultPath}`)).toBe(false);
		expect(await may(token, "POST", `secret/data/${vaultPath}/other`, { data: {} })).toBe(false);
		expect(await may(token, "GET", "secret/data/platform")).toBe(false);
		expect(await may(token, "GET", "secret/data/infra-robot/deployer")).toBe(false);
		expect(await may(token, "POST", "transit/hmac/infra-review/sha2-256", input)).toBe(false);
	});

	test("of another account gets neither identity", async () => {
		await expect(as("deployer", accounts.planner)).rejects.toThrow(
			/does not run as woodpecker-infra\/infrastructure/,
		);
		await expect(as("planner", accounts.deployer)).rejects.toThrow(/does not run as/);
		await expect(as("certifier", accounts.planner)).rejects.toThrow(/does not run as/);
		await expect(as("planner", "default")).rejects.toThrow(/does not run as/);
	});

	test("opens Vault by no token but one that was made for Vault", async () => {
		for (const [role, account] of [
			["ci-infra", accounts.deployer],
			["ci-plan", accounts.planner],
			["ci-certificate", accounts.certifier],
		] as const) {
			expect((await world.machine(role, namespace, account, "vault")).status).toBe(200);
			expect((await world.machine(role, namespace, account)).status).not.toBe(200);
			expect((await world.machine(role, namespace, account, "other")).status).not.toBe(200);
			expect((await world.machine(role, "elsewhere", account, "vault")).status).not.toBe(200);
			expect((await world.machine(role, namespace, "default", "vault")).status).not.toBe(200);
		}
	});

	test("takes no variable from its entry but logins", async () => {
		await withEntry("planner", { NODE_OPTIONS: "--import x" }, async () => {
			await expect(as("planner")).rejects.toThrow(/infra-robot\/planner has NODE_OPTIONS/);
		});
		await withEntry("planner", { TF_VAR_other: "x" }, async () => {
			await expect(as("planner")).rejects.toThrow(/infra-robot\/planner has TF_VAR_other/);
		});
	});

	test("gets the keys of the operator, without which the machines of a site that lists none are not planned", async () => {
		const keys = '["ssh-ed25519 AAAA operator"]';
		await withEntry("deployer", { TF_VAR_operator_ssh_keys: keys }, async () => {
			expect(await as("deployer")).toMatchObject({ TF_VAR_operator_ssh_keys: keys });
		});
	});

	test("gets no key for hosts as a variable", async () => {
		const text = "-----BEGIN OPENSSH PRIVATE KEY-----";
		for (const who of ["planner", "deployer"] as const)
			await withEntry(who, { SSH_PRIVATE_KEY: text }, async () => {
				const { variables, sshKey } = await environmentOf(who);
				expect(sshKey).toEqual({ text, place: `secret/infra-robot/${who}, SSH_PRIVATE_KEY` });
				expect(Object.values(variables)).not.toContain(text);
			});
		expect((await environmentOf("deployer")).sshKey).toBeUndefined();
		await withEntry("certifier", { SSH_PRIVATE_KEY: text }, async () => {
			await expect(as("certifier")).rejects.toThrow(/infra-robot\/certifier has SSH_PRIVATE_KEY/);
		});
	});
});
