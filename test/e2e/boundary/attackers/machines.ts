import { expect } from "vitest";
import { loadSite } from "../../../../config/load-site.ts";
import { waitFor } from "../../harness/wait-for.ts";
import { pod } from "../../platform/people.ts";
import { type Attack, type Attacker, type Call, requests } from "../attack.ts";
import type { AttackedWorld } from "../attacked-world.ts";

const lab = await loadSite("lab");
const steps = "woodpecker-pipelines-alice/default";
const web = (namespace: string, rest = "") => `/apis/apps/v1/namespaces/${namespace}/deployments/web${rest}`;
const get = (path: string): Call => ["GET", path];

/** Logs in with the token of an account, whose audience is that of the API server unless it is said. */
async function login(world: AttackedWorld, role: string, namespace: string, name: string, audience?: string) {
	const jwt = await world.tokenOf(namespace, name, audience);
	return (await world.atVault(undefined, "POST", "auth/kubernetes/login", { role, jwt })).status;
}

/** The own identity of a pod: what its account may do in the cluster. */
const nothing = (account: string, namespace: string): Attack =>
	requests("API server", (world, [method, path, body]) => world.with(account, method, path, body), [403])(
		"S6",
		"asks the API server for anything with the token that is mounted",
		[
			get("/api/v1/secrets"),
			get(`/api/v1/namespaces/${namespace}/secrets`),
			get(`/api/v1/namespaces/${namespace}/pods`),
			["POST", `/api/v1/namespaces/${namespace}/pods`, { metadata: { name: "p" } }],
			["POST", `/api/v1/namespaces/${namespace}/serviceaccounts/default/token`, { spec: {} }],
			["PATCH", web("alice"), { spec: { replicas: 3 } }],
		],
		"asks who it is",
		[["POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {}]],
	);

const vault = requests(
	"OpenBao",
	(world, [method, at, body]) => world.atVault("pipelines-alice", method, at, body),
	[400, 403, 404],
);

/**
 * What a deployer's token is worth: asked for anew by each attack. The API server hears of the binding that Vault has made
 * for it a moment later.
 */
const deployer =
	(...calls: readonly Call[]) =>
	async (world: AttackedWorld): Promise<number[]> => {
		const asked = { kubernetes_namespace: "alice", ttl: "600s" };
		const { body } = await world.atVault("pipelines-alice", "POST", "kubernetes/creds/alice-deployer", asked);
		const token = body.data.service_account_token;
		await waitFor(
			"the rights of the deployer",
			async () => (await world.vault.plane.ask("GET", web("alice"), undefined, token)).status === 200,
			{ within: 60_000, every: 100 },
		);
		const answers: number[] = [];
		for (const [method, path, sent] of calls)
			answers.push((await world.vault.plane.ask(method, path, sent, token)).status);
		return answers;
	};
/** The Deployment's only container as it is, with a change: a patch replaces the list. */
const container = (more: object) => ({
	spec: { template: { spec: { containers: [{ ...pod("unused").spec.containers[0], ...more }] } } },
});

/** A step of a pipeline of an owner, whoever wrote it. */
export const ownersPipeline: Attacker = {
	who: "an owner's pipeline",
	attacks: [
		nothing(steps, "woodpecker-pipelines-alice"),
		{
			row: "S3",
			tries: "logs in to Vault as pipelines of others, of the infrastructure, or as another machine",
			on: "OpenBao",
			refused: async (world) => {
				for (const role of [
					"pipelines-bob",
					"pipelines-finn",
					"ci-infra",
					"woodpecker-sync",
					"eso",
					"tenant-secrets-alice",
					"terraform-state",
				])
					expect(await login(world, role, "woodpecker-pipelines-alice", "default"), role).toBeOneOf([
						400, 403,
					]);
			},
			but: "logs in as the owner's",
			passes: async (world) =>
				expect(await login(world, "pipelines-alice", "woodpecker-pipelines-alice", "default")).toBe(200),
		},
		vault(
			"S3",
			"asks for deployers of other owners and for tokens of accounts",
			[
				["POST", "kubernetes/creds/bob-deployer", { kubernetes_namespace: "bob" }],
				["POST", "kubernetes/creds/alice-deployer", { kubernetes_namespace: "bob" }],
				["POST", "kubernetes/creds/openclaw", { kubernetes_namespace: "openclaw" }],
			],
			"asks for those of the owner",
			[
				["POST", "kubernetes/creds/alice-deployer", { kubernetes_namespace: "alice" }],
				["POST", "kubernetes/creds/crew-deployer", { kubernetes_namespace: "crew" }],
			],
		),
		vault(
			"S1",
			"reads secrets, those of the owner included",
			[
				...[
					"alice/shop",
					"bob/shop",
					"platform",
					"ci/global",
					"ci/repo/alice/shop",
					"woodpecker/agents/alice",
				].map((entry) => get(`secret/data/${entry}`)),
				["POST", "transit/decrypt/sops-state-alice", { ciphertext: "vault:v1:AAAA" }],
			],
			"looks at the own token",
			[get("auth/token/lookup-self")],
		),
		{
			row: "S3",
			tries:
				"changes more than an image with a deployer's token: commands, variables, accounts, volumes, numbers",
			on: "API server",
			refused: async (world) => {
				const answers = await deployer(
					["PATCH", web("alice"), container({ command: ["sh"] })],
					["PATCH", web("alice"), container({ envFrom: [{ secretRef: { name: "key" } }] })],
					["PATCH", web("alice"), { spec: { template: { spec: { serviceAccountName: "robot" } } } }],
					[
						"PATCH",
						web("alice"),
						{ spec: { template: { spec: { volumes: [{ name: "v", secret: { secretName: "key" } }] } } } },
					],
					["PATCH", web("alice"), { spec: { replicas: 3 } }],
					["PATCH", web("alice", "/scale"), { spec: { replicas: 3 } }],
					["PATCH", web("bob"), container({ image: "docker.io/library/nginx:1.29.1" })],
					["DELETE", web("alice")],
					get("/api/v1/namespaces/alice/secrets"),
				)(world);
				expect(answers).toEqual(answers.map(() => 403));
			},
			but: "sets the image",
			passes: async (world) => {
				const image = container({ image: "docker.io/library/nginx:1.29.1" });
				expect(await deployer(["PATCH", web("alice"), image])(world)).toEqual([200]);
			},
		},
		{
			row: "S16",
			tries: "asks for a deployer's token that outlives an hour",
			on: "OpenBao",
			refused: async (world) => {
				const asked = { kubernetes_namespace: "alice", ttl: "8760h" };
				const { body } = await world.atVault(
					"pipelines-alice",
					"POST",
					"kubernetes/creds/alice-deployer",
					asked,
				);
				expect(body.lease_duration ?? 0).toBeLessThanOrEqual(3600);
			},
			but: "asks for ten minutes",
			passes: async (world) => {
				const asked = { kubernetes_namespace: "alice", ttl: "600s" };
				const { body } = await world.atVault(
					"pipelines-alice",
					"POST",
					"kubernetes/creds/alice-deployer",
					asked,
				);
				expect(body.lease_duration).toBe(600);
			},
		},
	],
};

/** A pod of an owner that somebody broke into. */
export const tenantsPod: Attacker = {
	who: "a tenant's pod",
	attacks: [
		nothing("alice/default", "alice"),
		{
			row: "S1",
			tries: "logs in to Vault with any token of the namespace, for whatever audience",
			on: "OpenBao",
			refused: async (world) => {
				for (const audience of [undefined, "vault", "https://elsewhere.example"])
					for (const role of ["tenant-secrets-alice", "pipelines-alice", "eso", "ci-infra"])
						for (const name of ["default", "robot"])
							expect(await login(world, role, "alice", name, audience), `${role} ${audience}`).toBe(403);
				expect(await login(world, "tenant-secrets-alice", "alice", "secrets-reader")).toBe(403);
			},
			but: "while External Secrets logs in as the reader, for Vault alone",
			passes: async (world) =>
				expect(await login(world, "tenant-secrets-alice", "alice", "secrets-reader", "vault")).toBe(200),
		},
		{
			row: "S23",
			tries:
				"logs in to Vault as any machine of the platform, by accounts of the same names and any audience, or with the machine's own token for the API server",
			on: "OpenBao",
			refused: async (world) => {
				const machines = Object.entries(lab.vault.machines);
				for (const name of new Set(machines.map(([, { serviceAccount }]) => serviceAccount)))
					await world.as("alice", "POST", "/api/v1/namespaces/alice/serviceaccounts", { metadata: { name } });
				for (const [role, { serviceAccount }] of machines)
					for (const audience of [undefined, "vault"])
						expect(await login(world, role, "alice", serviceAccount, audience), role).toBe(403);
				expect(await login(world, "eso", "external-secrets", "external-secrets")).toBe(403);
			},
			but: "while a machine logs in with its token for Vault",
			passes: async (world) =>
				expect(await login(world, "eso", "external-secrets", "external-secrets", "vault")).toBe(200),
		},
		{
			row: "S23",
			tries: "shows the API server a token that was issued for Vault",
			on: "API server",
			refused: async (world) => {
				const token = await world.tokenOf("alice", "robot", "vault");
				expect(
					(await world.vault.plane.ask("GET", "/api/v1/namespaces/alice/pods", undefined, token)).status,
				).toBe(401);
			},
			but: "shows it one that was issued for it",
			passes: async (world) =>
				expect((await world.with("alice/robot", "GET", "/api/v1/namespaces/alice/pods")).status).toBe(200),
		},
		{
			row: "S1",
			tries: "reads secrets of the owner for a namespace that two people share",
			on: "OpenBao",
			refused: async (world) => {
				await world.vault.plane.ask("POST", "/api/v1/namespaces/crew/serviceaccounts", {
					metadata: { name: "secrets-reader" },
				});
				for (const role of ["tenant-secrets-crew", "tenant-secrets-alice", "tenant-secrets-bob"])
					expect(await login(world, role, "crew", "secrets-reader", "vault"), role).toBeOneOf([400, 403]);
			},
			but: "while a namespace of one person reads those of that person",
			passes: async (world) => {
				const jwt = await world.tokenOf("alice", "secrets-reader", "vault");
				const { body } = await world.atVault(undefined, "POST", "auth/kubernetes/login", {
					role: "tenant-secrets-alice",
					jwt,
				});
				const token = body.auth.client_token;
				expect((await world.atVault(token, "GET", "secret/data/alice/shop")).status).toBe(200);
				expect((await world.atVault(token, "GET", "secret/data/bob/shop")).status).toBe(403);
				expect((await world.atVault(token, "POST", "secret/data/alice/shop", { data: {} })).status).toBe(403);
			},
		},
	],
};
