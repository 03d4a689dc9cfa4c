import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { purge } from "../../../cli/owners/purge.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import { ownerRules } from "../../../constructs/tenants/owner-policies.ts";
import { renderPolicy } from "../../../constructs/vault/policy.ts";
import { needsPrograms } from "../harness/programs.ts";
import { VaultServer } from "../harness/vault-server.ts";

const ready = needsPrograms("bao|vault");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-purge-`));
const { owners } = parseRegistry(
	JSON.stringify({ alice: { role: "namespace-owner", email: "a@example.com", namespaces: ["alice"] } }),
);
let server: VaultServer;
let token: string;

beforeAll(async () => {
	if (!ready) return;
	server = await VaultServer.start(folder);
	const [alice] = owners;
	if (alice === undefined) throw new Error("the registry has nobody");
	await server.must("PUT", "sys/policies/acl/alice", { policy: renderPolicy(ownerRules("secret", alice)) });
	token = (await server.must("POST", "auth/token/create", { policies: ["alice"], no_default_policy: true }))
		.auth.client_token;
});
beforeEach(async () => {
	if (ready) await server.must("POST", "secret/data/platform", { data: { key: "dummy" } });
});
afterEach(async () => {
	// Nothing of others goes with it.
	if (ready) expect((await server.ask("GET", "secret/data/platform")).status).toBe(200);
});
afterAll(async () => {
	await server?.stop();
	rmSync(folder, { recursive: true });
});

/** What the person writes, letter by letter: no client of ours makes a URL better first. @returns the status */
function write(path: string): Promise<number> {
	return new Promise((resolve, reject) => {
		const { hostname, port } = new URL(server.address);
		const sent = request(
			{
				hostname,
				port,
				path: `/v1/secret/data/${path}`,
				method: "POST",
				headers: { "X-Vault-Token": token, "content-type": "application/json" },
				timeout: 10_000,
			},
			(answer) => {
				answer.resume();
				answer.on("end", () => resolve(answer.statusCode ?? 0));
			},
		);
		sent.on("error", reject);
		sent.end(JSON.stringify({ data: { key: "dummy" } }));
	});
}

const at = () => ({ address: server.address, token: server.rootToken, mount: "secret", path: "alice" });
const left = async () => (await server.ask("LIST", "secret/metadata/alice")).body.data?.keys ?? [];

describe("what an owner may write, by the policy of an owner", () => {
	test.for([
		["a percent sign", "100%2525"],
		["a question mark", "what%3Fnow"],
		["a number sign", "a%23b"],
		["a word that reads as dots", "%252e%252e%252fplatform"],
		["a word that reads as a step up", "%252e%252e"],
		["a slash that is none", "a%252Fb"],
		["spaces around it", "%20app%20"],
		["a plus sign", "a+b"],
		["a backslash", "..%5cplatform"],
		["letters of other alphabets", encodeURIComponent("clé-ключ-鍵-🔑")],
		["a letter in two parts", encodeURIComponent("e\u0301")],
		["marks of a pattern", "a*b%5B1%5D"],
		["quotes and braces", encodeURIComponent("'\"`${x}%{y}{{z}}")],
		["three dots", "..."],
		["dots inside", "a..b"],
		["a semicolon", "a;b=c"],
		["the longest name", "x".repeat(400)],
		["a depth of fifty", Array(50).fill("d").join("/")],
	])("with %s in the name is gone after a purge", async ([, name = ""]) => {
		const status = await write(`alice/${name}`);
		if (status === 200) expect(await left()).not.toEqual([]);
		else expect(status).toBe(400);
		await write("alice/app");
		const { entries } = await purge(at(), []);
		expect(entries).toHaveLength(status === 200 ? 2 : 1);
		expect(await left()).toEqual([]);
	});

	test.for([
		"alice/..",
		"alice/%2e%2e/platform",
		"alice/a/../b",
		"alice//b",
		"alice/./b",
		"alice/b/",
		"alice/%00",
		"alice/a%0Ab",
		"alice/%ff",
	])("as %s, the server makes nothing that a purge would leave", async (path) => {
		await write(path);
		await write("alice/app");
		await purge(at(), []);
		expect(await left()).toEqual([]);
	});

	test("in many folders is gone, and what begins alike is not", async () => {
		await server.must("POST", "secret/data/alicia/app", { data: { key: "dummy" } });
		const names = Array.from({ length: 120 }, (_, index) => `alice/${index % 7}/${index % 5}/${index}`);
		for (const name of names) expect(await write(name)).toBe(200);
		expect((await purge(at(), [])).entries).toHaveLength(120);
		expect(await left()).toEqual([]);
		expect((await server.ask("GET", "secret/data/alicia/app")).status).toBe(200);
	});
});
