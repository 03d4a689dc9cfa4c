import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { rotatedPassword, rotatedStateUser } from "../../../clients/vault/rotated-password.ts";
import { parseSite } from "../../../config/parse-site.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import lab from "../../../config/sites/lab.ts";
import { DatabaseEngine, staticCredentialPath } from "../../../constructs/vault/database-engine.ts";
import { platformPolicies } from "../../../constructs/vault/platform-policies.ts";
import { renderPolicy } from "../../../constructs/vault/policy.ts";
import type { StackDeclaration } from "../../../stacks/declaration.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import { InfraStack } from "../../../stacks/infra-stack.ts";
import { mergePatch } from "../../merge-patch.ts";
import { needs } from "../harness/needs.ts";
import { PostgresServer } from "../harness/postgres-server.ts";
import { needsPrograms } from "../harness/programs.ts";
import { TerraformFolder } from "../harness/terraform-folder.ts";
import { VaultServer } from "../harness/vault-server.ts";

needs("pg_ctlcluster");
const ready = needsPrograms("bao|vault", "terraform", "pg_ctlcluster");

const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-database-`));
const first = "first-password-of-root";
const second = "second-password-of-root";
const thrownAway = "thrown-away";
let database: PostgresServer;
let server: VaultServer;
let terraform: TerraformFolder;
let missing: string | undefined;

/** The site with two users, whose superuser's password is in that version of its entry. */
const siteWith = (version: number) =>
	parseSite(
		mergePatch(lab, {
			vault: {
				address: server.address,
				databases: {
					postgresql: {
						host: "127.0.0.1",
						port: database.port,
						superuser: "postgres",
						password: { path: "vault", key: "database_password", version },
						users: ["claude_memory", "terraform_state"],
					},
				},
			},
		}),
	);

/** The engine alone. */
const declaration: StackDeclaration = {
	name: "vault",
	purpose: "The database engine",
	stateTier: 0,
	build: (app) => {
		const stack = new InfraStack(app, declaration);
		new DatabaseEngine(stack, "database");
		return stack;
	},
};

function write(version: number): void {
	const [stack] = new InfraApp({
		site: siteWith(version),
		registry: parseRegistry("{}"),
		stacks: [declaration],
		outdir: join(folder, "out"),
	}).stacks;
	if (stack === undefined) throw new Error("the app has no stack");
	terraform.write(stack.synthesizeOnce());
}

const credential = async () => {
	const path = staticCredentialPath(siteWith(1), "postgresql", "claude_memory");
	return (await server.must("GET", `database/${path}`)).data;
};
const store = (password: string) =>
	server.must("POST", "secret/data/vault", { data: { database_password: password } });

beforeAll(async () => {
	if (!ready) return;
	for (const name of ["postgres", "vault"]) mkdirSync(join(folder, name));
	[database, server] = await Promise.all([
		PostgresServer.start(join(folder, "postgres"), first),
		VaultServer.start(join(folder, "vault")),
	]);
	terraform = new TerraformFolder(join(folder, "stack"), { VAULT_TOKEN: server.rootToken });
	await store(first);
	for (const user of ["claude_memory", "terraform_state"])
		await database.ask("postgres", first, `create role ${user} login password '${thrownAway}'`);
	write(1);
	missing = await terraform.providersMissing();
	if (missing === undefined) await terraform.apply();
}, 300_000);
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});
afterAll(async () => {
	await Promise.all([database?.stop(), server?.stop()]);
	rmSync(folder, { recursive: true });
});

describe("the database engine on a real server", () => {
	test("changes a user's password at once, and its consumer finds the new one", async () => {
		const { username, password, rotation_period: period } = await credential();
		expect([username, period]).toEqual(["claude_memory", 604_800]);
		expect(await database.ask("claude_memory", password, "select current_user")).toBe("claude_memory");
		await expect(database.ask("claude_memory", thrownAway, "select 1")).rejects.toThrow("password");
	});

	test("has nothing left to change, and left no password behind", async () => {
		expect(await terraform.plan()).toEqual([]);
		const traces = await terraform.traces();
		expect(traces).toContain("pg-claude-memory");
		expect(traces).not.toContain(first);
		expect(traces).not.toContain((await credential()).password);
	});

	test("gives whoever holds the states their password and no other", async () => {
		const { "terraform-state": rules } = platformPolicies(siteWith(1));
		await server.must("PUT", "sys/policies/acl/terraform-state", { policy: renderPolicy(rules) });
		const { auth } = await server.must("POST", "auth/token/create", { policies: ["terraform-state"] });
		const at = async (role: string) =>
			(await server.ask("GET", `database/static-creds/${role}`, undefined, auth.client_token)).status;
		expect(await at("pg-terraform-state")).toBe(200);
		expect(await at("pg-claude-memory")).toBe(403);
	});

	test("lets a pipeline that deploys into the states after each rotation", async () => {
		const site = {
			...siteWith(1),
			state: {
				...siteWith(1).state,
				tier1: {
					kind: "postgres",
					host: "127.0.0.1",
					port: database.port,
					database: "postgres",
					user: "terraform_state",
					sslMode: "disable",
				},
			},
		} as const;
		const { "ci-infra": rules } = platformPolicies(site);
		await server.must("PUT", "sys/policies/acl/ci-infra", { policy: renderPolicy(rules) });
		const { auth } = await server.must("POST", "auth/token/create", { policies: ["ci-infra"] });
		const owner = rotatedStateUser(site);
		if (owner === undefined) throw new Error("nobody rotates the password");
		const access = { address: server.address, token: auth.client_token };
		const password = () => rotatedPassword(site, owner, access);
		const noted = await password();
		await server.must("POST", "database/rotate-role/pg-terraform-state", {});
		await expect(database.ask("terraform_state", noted, "select 1")).rejects.toThrow("password");
		expect(await database.ask("terraform_state", await password(), "select 1")).toBe("1");
		expect(rotatedStateUser(siteWith(1))).toBeUndefined();
	});

	test("goes on with a new password of the superuser when the version of its entry grows", async () => {
		await database.ask("postgres", first, `alter role postgres password '${second}'`);
		await store(second);
		expect(await terraform.plan()).toEqual([]);
		write(2);
		expect((await terraform.plan()).map(({ actions }) => actions)).toEqual([["update"]]);
		await terraform.apply();
		const before = (await credential()).password;
		await server.must("POST", "database/rotate-role/pg-claude-memory", {});
		const after = (await credential()).password;
		expect(after).not.toBe(before);
		expect(await database.ask("claude_memory", after, "select 1")).toBe("1");
		expect(await terraform.traces()).not.toContain(second);
	});
});
