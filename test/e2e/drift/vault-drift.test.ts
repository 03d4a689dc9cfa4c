import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { lookAt, type SourceFindings } from "../../../cli/drift/sources/source.ts";
import { vault } from "../../../cli/drift/sources/vault.ts";
import { loadStack } from "../../../stacks/catalogue.ts";
import { vaultEntries } from "../../../world/vault-entries.ts";
import type { World } from "../../../world/world.ts";
import { controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { AppliedVault } from "../vault/applied-vault.ts";

const ready = needsPrograms(...controlPlanePrograms, "bao|vault", "terraform");
const alice = { role: "namespace-owner", email: "a@example.com", namespaces: ["alice"] };
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-vault-drift-`));
let applied: AppliedVault;
let world: World;
let missing: string | undefined;

beforeAll(async () => {
	if (!ready) return;
	applied = await AppliedVault.start(folder);
	missing = await applied.providersMissing({ alice });
	if (missing !== undefined) return;
	const app = applied.app({ alice }, [await loadStack("mailserver"), await loadStack("woodpecker")]);
	world = { site: app.site, stacks: app.check().documents };
	await applied.apply({ alice });
	vi.stubEnv("VAULT_ADDR", applied.server.address);
	vi.stubEnv("VAULT_TOKEN", applied.server.rootToken);
}, 300_000);
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});
afterAll(async () => {
	vi.unstubAllEnvs();
	await applied?.stop();
	rmSync(folder, { recursive: true });
});

const look = (stack = "vault") => lookAt(vault, { world, stack, planned: new Set() });
const must = (method: string, path: string, body?: object) => applied.server.must(method, path, body);
const named = ({ drifted = [] }: SourceFindings) =>
	drifted.map(({ what, address }) => `${what} ${address}`).sort();

describe("a server on which the stack was applied", () => {
	test("has nothing beside it, whoever has logged in", async () => {
		await applied.login("a@example.com");
		await applied.login("stranger@example.com");
		expect(await look()).toEqual({ drifted: [], errors: [] });
	});

	test.for<[what: string, make: readonly [string, object], remove: string, found: string]>([
		[
			"a policy",
			["sys/policies/acl/old", { policy: 'path "secret/*" { capabilities = ["read"] }' }],
			"sys/policies/acl/old",
			"sys/policies/acl/old",
		],
		["a method", ["sys/auth/people", { type: "userpass" }], "sys/auth/people", "sys/auth/people"],
		["an engine", ["sys/mounts/keys", { type: "pki" }], "sys/mounts/keys", "sys/mounts/keys"],
		[
			"a role of a method",
			[
				"auth/kubernetes/role/back",
				{
					bound_service_account_names: "a",
					bound_service_account_namespaces: "b",
					audience: "vault",
					token_policies: "vault-admin",
				},
			],
			"auth/kubernetes/role/back",
			"auth/kubernetes/role/back",
		],
		[
			"a role for people",
			["auth/oidc/role/back", { role_type: "jwt", user_claim: "sub", bound_audiences: "vault" }],
			"auth/oidc/role/back",
			"auth/oidc/role/back",
		],
		[
			"a role of tokens",
			["auth/token/roles/long", { allowed_policies: "vault-admin" }],
			"auth/token/roles/long",
			"auth/token/roles/long",
		],
		[
			"a role that issues accounts",
			["kubernetes/roles/more", { allowed_kubernetes_namespaces: "*", service_account_name: "default" }],
			"kubernetes/roles/more",
			"kubernetes/roles/more",
		],
		["a key", ["transit/keys/old", { type: "aes256-gcm96" }], "", "transit/keys/old"],
		[
			"an entity",
			["identity/entity", { name: "ghost", policies: ["vault-admin"] }],
			"identity/entity/name/ghost",
			"identity/entity/name/ghost",
		],
		[
			"a limit of requests",
			["sys/quotas/rate-limit/ghost", { path: "secret/", rate: 1 }],
			"sys/quotas/rate-limit/ghost",
			"sys/quotas/rate-limit/ghost",
		],
		[
			"a group",
			["identity/group", { name: "ghosts", policies: ["vault-admin"] }],
			"identity/group/name/ghosts",
			"identity/group/name/ghosts",
		],
		[
			"an application of its identity provider",
			["identity/oidc/client/app", {}],
			"identity/oidc/client/app",
			"identity/oidc/client/app",
		],
	])("%s that nobody declares is found", async ([, [path, body], remove, found]) => {
		await must("POST", path, body);
		const before = await look();
		expect([named(before), before.errors]).toEqual([[`unmanaged vault ${found}`], []]);
		if (remove === "") {
			await must("POST", `${path}/config`, { deletion_allowed: true });
			await must("DELETE", path);
		} else await must("DELETE", remove);
		expect((await look()).drifted).toEqual([]);
	});

	test("what grants something says what and since when", async () => {
		await must("POST", "identity/entity", { name: "ghost", policies: ["vault-admin"] });
		await must("POST", "auth/token/roles/long", { allowed_policies: "vault-admin" });
		const { drifted } = await look();
		await must("DELETE", "identity/entity/name/ghost");
		await must("DELETE", "auth/token/roles/long");
		expect(drifted).toMatchObject([
			{ arguments: [{ path: "allowed_policies", after: { shown: ["vault-admin"] } }] },
			{
				arguments: [{ path: "policies", after: { shown: ["vault-admin"] } }],
				since: expect.stringMatching(/^20\d\d-/),
			},
		]);
	});

	test("another name for a declared person is found, and so is a policy given to somebody who has logged in", async () => {
		const { data } = await must("GET", "identity/entity/name/alice");
		const { accessor } = (await must("GET", "sys/auth")).data["kubernetes/"];
		const alias = (
			await must("POST", "identity/entity-alias", {
				name: "evil",
				canonical_id: data.id,
				mount_accessor: accessor,
			})
		).data;
		await applied.login("other@example.com");
		const entities = (await must("GET", "identity/entity/name?list=true")).data.keys as string[];
		const other = entities.find((name) => name.startsWith("entity_")) ?? "";
		await must("POST", `identity/entity/name/${other}`, { policies: ["vault-admin"] });
		expect(named(await look())).toEqual([
			"unmanaged vault identity/entity/name/alice, alias auth/kubernetes/evil",
			`unmanaged vault identity/entity/name/${other}`,
		]);
		await must("DELETE", `identity/entity-alias/id/${alias.id}`);
		await must("DELETE", `identity/entity/name/${other}`);
		expect((await look()).drifted).toEqual([]);
	});
});

describe("an entry", () => {
	const readers = () => vaultEntries(world).filter(({ resource }) => resource.stack === "mailserver");

	test("that is read and not there is found, and each key of it", async () => {
		const entries = readers();
		const paths = [...new Set(entries.map(({ path }) => path))].sort();
		expect(paths.length).toBeGreaterThan(1);
		expect(named(await look("mailserver"))).toEqual(paths.map((path) => `missing vault secret/${path}`));
		for (const path of paths) {
			const keys = entries.flatMap((entry) => (entry.path === path ? (entry.key ?? []) : []));
			await must("POST", `secret/data/${path}`, {
				data: Object.fromEntries([["other", "hidden-4711"], ...keys.map((key) => [key, "hidden-4711"])]),
			});
		}
		expect(await look("mailserver")).toEqual({ drifted: [], errors: [] });

		const [keyed] = entries.filter(({ key }) => key !== undefined);
		if (keyed === undefined) throw new Error("no entry with a key");
		await must("POST", `secret/data/${keyed.path}`, { data: { other: "hidden-4711" } });
		const found = await look("mailserver");
		expect(named(found)).toContain(`missing vault secret/${keyed.path}, key ${keyed.key}`);
		expect(JSON.stringify(found)).not.toContain("hidden");
		expect(found.drifted?.flatMap(({ consequences }) => consequences)).toContain(
			`${keyed.resource.path} reads it`,
		);

		await must("DELETE", `secret/data/${keyed.path}`);
		expect((await look("mailserver")).drifted).toContainEqual(
			expect.objectContaining({
				what: "deleted",
				address: `vault secret/${keyed.path}`,
				since: expect.stringMatching(/^20/),
			}),
		);
	});
});

describe("a server that does not say", () => {
	test("for want of rights is an error for each list, not a server without anything", async () => {
		const { auth } = await must("POST", "auth/token/create", { policies: ["default"] });
		vi.stubEnv("VAULT_TOKEN", auth.client_token);
		const { drifted, errors = [] } = await look();
		vi.stubEnv("VAULT_TOKEN", applied.server.rootToken);
		expect(drifted).toEqual([]);
		for (const list of [
			"sys/auth",
			"sys/mounts",
			"sys/policies/acl",
			"sys/audit",
			"sys/namespaces",
			"identity/entity/name",
		])
			expect(errors.join("\n")).toMatch(new RegExp(`/v1/${list}(/\\?list=true)? answers 403`));
	});

	test("because it is gone, or nobody has a token, is an error", async () => {
		vi.stubEnv("VAULT_ADDR", "http://127.0.0.1:1");
		const gone = await look();
		vi.stubEnv("VAULT_ADDR", applied.server.address);
		expect(gone.errors).toEqual(["http://127.0.0.1:1 cannot be reached: bad port"]);
		vi.stubEnv("VAULT_TOKEN", "");
		vi.stubEnv("HOME", folder);
		const { errors } = await look();
		vi.stubEnv("VAULT_TOKEN", applied.server.rootToken);
		expect(errors).toEqual([expect.stringContaining("no token")]);
	});
});
