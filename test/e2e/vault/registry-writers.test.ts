import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { needsPrograms } from "../harness/programs.ts";
import { VaultServer } from "../harness/vault-server.ts";

const ready = needsPrograms("bao|vault");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-registry-`));
const alice = { role: "namespace-owner", email: "a@example.com", namespaces: ["alice"] };
let server: VaultServer;

beforeAll(async () => {
	if (ready) server = await VaultServer.start(folder);
});
beforeEach(async () => {
	if (ready)
		await server.must("POST", "secret/data/platform", {
			data: { k8s_users: JSON.stringify({ alice }), cloudflare_api_key: "dummy" },
		});
});
afterAll(async () => {
	await server?.stop();
	rmSync(folder, { recursive: true });
});

const infra = async (...args: string[]) =>
	promisify(execFile)(join(import.meta.dirname, "../../../cli/bin/infra.js"), ["owners", ...args], {
		env: { ...process.env, INFRA_SITE: "home", VAULT_ADDR: server.address, VAULT_TOKEN: server.rootToken },
	});
const stored = async () => (await server.must("GET", "secret/data/platform")).data.data;

describe("infra owners on a real server", () => {
	test("four people added at once are all there, and no other key has changed", async () => {
		const names = ["erin", "frank", "grace", "heidi"];
		await Promise.all(names.map((name) => infra("add", name, "--email", `${name}@example.com`)));
		const { k8s_users: users, ...others } = await stored();
		expect(Object.keys(JSON.parse(users)).sort()).toEqual(["alice", ...names]);
		expect(others).toEqual({ cloudflare_api_key: "dummy" });
	}, 180_000);

	test("somebody who leaves with --purge leaves nothing in the KV engine", async () => {
		for (const entry of ["alice", "alice/app", "alice/deep/er", "alicia/app"])
			await server.must("POST", `secret/data/${entry}`, { data: { key: "dummy" } });
		await infra("disable", "alice");
		const { stdout } = await infra("remove", "alice", "--confirm-namespace", "alice", "--purge");
		expect(stdout).toContain("deleted 3 secrets, revoked the tokens of alice");
		expect((await server.ask("LIST", "secret/metadata/alice")).status).toBe(404);
		expect((await server.ask("GET", "secret/data/alice")).status).toBe(404);
		expect((await server.ask("GET", "secret/data/alicia/app")).status).toBe(200);
	}, 180_000);
});
