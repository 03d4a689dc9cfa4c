import { expect } from "vitest";
import { waitFor } from "../../harness/wait-for.ts";
import type { Attacker } from "../attack.ts";
import { object, own, path, site } from "../external-secrets-objects.ts";
import { entries } from "./vault/entries.ts";
import { get, list, post, vault } from "./vault/requests.ts";

const synced = async (
	world: Parameters<Attacker["attacks"][number]["refused"]>[0],
	name: string,
	reason: string,
) => {
	await waitFor(
		`${name} is ${reason}`,
		async () => {
			const { body } = await world.as("alice", "GET", `${path("alice", "externalsecrets")}/${name}`);
			return body.status?.conditions?.some((one: { reason: string }) => one.reason === reason);
		},
		{ within: 60_000, every: 200 },
	);
};

/** Has Vault wrap an answer. */
const wrapped = { "x-vault-wrap-ttl": "60" };

/** Somebody with an owner's login at Vault, who wants what is another's. */
export const ownerWithVault: Attacker = {
	who: "an owner with a token of Vault",
	attacks: [
		...entries,
		vault(
			"S3",
			"gets deployers of others, or one of the own for another namespace, another role or the cluster",
			[
				post("kubernetes/creds/bob-deployer", { kubernetes_namespace: "bob" }),
				post("kubernetes/creds/finn-deployer", { kubernetes_namespace: "finn" }),
				post("kubernetes/creds/alice-deployer", { kubernetes_namespace: "bob" }),
				post("kubernetes/creds/alice-deployer", { kubernetes_namespace: "kube-system" }),
				post("kubernetes/creds/alice-deployer", { kubernetes_namespace: "*" }),
				post("kubernetes/creds/openclaw", { kubernetes_namespace: "openclaw" }),
				post("kubernetes/creds/dashboard-admin", { kubernetes_namespace: "kubernetes-dashboard" }),
				post("kubernetes/roles/mine", {
					allowed_kubernetes_namespaces: ["*"],
					kubernetes_role_name: "cluster-admin",
				}),
				get("kubernetes/config"),
				list("kubernetes/roles"),
			],
			"gets one for each of the own namespaces",
			[
				post("kubernetes/creds/alice-deployer", { kubernetes_namespace: "alice" }),
				post("kubernetes/creds/crew-deployer", { kubernetes_namespace: "crew" }),
			],
		),
		vault(
			"S14",
			"decrypts states of others, or takes the keys away",
			[
				...["decrypt", "encrypt", "rewrap", "datakey/plaintext", "hmac"].map((what) =>
					post(`transit/${what}/sops-state-bob`, {
						ciphertext: "vault:v1:AAAA",
						plaintext: "YQ==",
						input: "YQ==",
					}),
				),
				get("transit/keys/sops-state-vault"),
				get("transit/export/encryption-key/sops-state-alice"),
				get("transit/backup/sops-state-alice"),
				["DELETE", "transit/keys/sops-state-alice"],
				post("transit/keys/sops-state-alice/config", { deletion_allowed: true, exportable: true }),
				post("transit/sign/infra-review", { input: "YQ==" }),
			],
			"encrypts a state of the own",
			[post("transit/encrypt/sops-state-alice", { plaintext: "YQ==" })],
		),
		vault(
			"S5",
			"edits the registry and what it is made of",
			[
				["PATCH", "secret/data/platform", { data: { k8s_users: "{}" } }],
				post("secret/data/platform", { data: { k8s_users: "{}" } }),
				["DELETE", "secret/metadata/platform"],
			],
			"edits an entry of the own",
			[post("secret/data/alice/own", { data: { a: "c" } })],
		),
		vault(
			"S23",
			"makes tokens: with policies of others, without an end, for a role, as a batch, as an orphan",
			[
				post("auth/token/create", { policies: ["root"] }),
				post("auth/token/create", { policies: ["vault-admin"], no_parent: true }),
				post("auth/token/create", { type: "batch" }),
				post("auth/token/create", { period: "8760h" }),
				post("auth/token/create-orphan"),
				post("auth/token/create/any"),
				post("auth/token/roles/mine", { allowed_policies: ["root"] }),
				list("auth/token/accessors"),
				post("auth/token/renew", { token: "root-token-of-a-test" }),
				post("auth/token/lookup", { token: "root-token-of-a-test" }),
			],
			"looks at the own token",
			[get("auth/token/lookup-self")],
		),
		vault(
			"S23",
			"takes over identities: merges entities, gives them other names, puts itself into groups",
			[
				post("identity/entity/merge", { from_entity_ids: [], to_entity_id: "x", force: true }),
				post("identity/entity", { name: "bob", policies: ["root"] }),
				post("identity/entity/name/alice", { policies: ["vault-admin"] }),
				get("identity/entity/name/bob"),
				list("identity/entity/id"),
				post("identity/entity-alias", { name: "alice@example.com", canonical_id: "x", mount_accessor: "y" }),
				post("identity/group", { name: "authentik-admins", policies: ["vault-admin"] }),
				post("identity/lookup/entity", { name: "bob" }),
				post("identity/oidc/key/mine", { allowed_client_ids: ["*"] }),
			],
			"asks what it may at a path",
			[post("sys/capabilities-self", { paths: ["secret/data/bob/shop"] })],
		),
		vault(
			"S23",
			"changes Vault itself: policies, logins, engines, audit, leases, its storage and its seal",
			[
				post("sys/policies/acl/namespace-owner-alice", { policy: 'path "*" { capabilities = ["sudo"] }' }),
				post("sys/policy/default", { policy: "" }),
				get("sys/policies/acl/namespace-owner-bob"),
				post("auth/kubernetes/role/pipelines-alice", { bound_service_account_namespaces: ["*"] }),
				post("auth/oidc/role/default", { bound_claims: {} }),
				get("auth/oidc/config"),
				post("sys/auth/userpass", { type: "userpass" }),
				post("sys/mounts/mine", { type: "kv" }),
				get("sys/mounts"),
				["DELETE", "sys/mounts/secret"],
				post("sys/remount", { from: "secret", to: "alice" }),
				post("sys/audit/mine", { type: "file" }),
				["DELETE", "sys/audit/file"],
				list("sys/leases/lookup"),
				post("sys/leases/revoke-prefix/kubernetes"),
				get("sys/raw/core"),
				list("sys/raw"),
				post("sys/seal"),
				get("sys/storage/raft/snapshot"),
				post("sys/rotate"),
				post("sys/config/cors", { allowed_origins: "*" }),
			],
			"looks at the own lease",
			[get("auth/token/lookup-self")],
		),
		{
			row: "S1",
			tries: "unwraps what was wrapped for somebody else, without its token",
			on: "OpenBao",
			refused: async (world) => {
				const { body: answer } = await world.atVault(
					"bob",
					"POST",
					"sys/wrapping/wrap",
					{ a: "of bob" },
					wrapped,
				);
				const { accessor, token } = answer.wrap_info;
				for (const guess of [accessor, `${token}x`, ""])
					expect(
						(await world.atVault("alice", "POST", "sys/wrapping/unwrap", { token: guess || "none" })).status,
					).toBe(400);
				expect((await world.atVault("alice", "GET", `cubbyhole/response`)).status).toBe(404);
			},
			but: "unwraps what it was given",
			passes: async (world) => {
				const { body: answer } = await world.atVault(
					"bob",
					"POST",
					"sys/wrapping/wrap",
					{ a: "for alice" },
					wrapped,
				);
				const { token } = answer.wrap_info;
				const { body } = await world.atVault("alice", "POST", "sys/wrapping/unwrap", { token });
				expect(body.data).toEqual({ a: "for alice" });
			},
		},
		{
			row: "S16",
			tries: "goes on with a token after leaving, renews it, and logs in again",
			on: "OpenBao",
			refused: async (world) => {
				for (const [method, at] of [
					["GET", "secret/data/finn/shop"],
					["POST", "kubernetes/creds/finn-deployer"],
					["POST", "transit/encrypt/sops-state-finn"],
				] as const)
					expect((await world.atVault("finn", method, at, method === "POST" ? {} : undefined)).status).toBe(
						403,
					);
				expect(
					(await world.atVault("pipelines-finn", "POST", "kubernetes/creds/finn-deployer", {})).status,
				).toBe(403);
				expect((await world.vault.login("finn@example.com")).policies).toEqual(["default"]);
				expect(
					(await world.vault.machine("pipelines-finn", "woodpecker-pipelines-finn", "default")).status,
				).toBe(400);
			},
			but: "while those who stay go on",
			passes: async (world) => {
				expect((await world.vault.login("alice@example.com")).policies).toContain("namespace-owner-alice");
			},
		},
		{
			row: "S2",
			tries:
				"has External Secrets read entries of others and of the platform, by the own store and by the site's",
			on: "External Secrets",
			refused: async (world) => {
				const to = path("alice", "externalsecrets");
				for (const [name, key] of [
					["of-bob", "bob/shop"],
					["of-platform", "platform"],
					["of-agents", "woodpecker/agents/bob"],
				] as const) {
					const spec = { secretStoreRef: own, dataFrom: [{ extract: { key } }] };
					expect((await world.as("alice", "POST", to, object("ExternalSecret", name, spec))).status).toBe(
						201,
					);
					await synced(world, name, "SecretSyncedError");
					expect((await world.as("alice", "GET", `/api/v1/namespaces/alice/secrets/${name}`)).status).toBe(
						404,
					);
				}
				const spec = { secretStoreRef: site, dataFrom: [{ extract: { key: "platform" } }] };
				expect((await world.as("alice", "POST", to, object("ExternalSecret", "of-site", spec))).status).toBe(
					403,
				);
			},
			but: "gets an entry of the own",
			passes: async (world) => synced(world, "shop", "SecretSynced"),
		},
	],
};
