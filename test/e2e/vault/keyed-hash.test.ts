import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isKeyedHash, keyedHashes } from "../../../clients/vault/keyed-hash.ts";
import { needsPrograms } from "../harness/programs.ts";
import { VaultServer } from "../harness/vault-server.ts";

const ready = needsPrograms("bao|vault");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-hash-`));
const key = { mount: "transit", name: "review" };
let server: VaultServer;

beforeAll(async () => {
	if (!ready) return;
	server = await VaultServer.start(folder);
	await server.must("POST", "sys/mounts/transit", { type: "transit" });
	await server.must("POST", "transit/keys/review", {});
	await server.must("PUT", "sys/policies/acl/makes", {
		policy: 'path "transit/hmac/review/*" { capabilities = ["update"] }',
	});
	await server.must("PUT", "sys/policies/acl/checks", {
		policy: 'path "transit/verify/review/*" { capabilities = ["update"] }',
	});
});
afterAll(async () => {
	await server?.stop();
	rmSync(folder, { recursive: true });
});

async function access(policy: string) {
	const { auth } = await server.must("POST", "auth/token/create", { policies: [policy] });
	return { address: server.address, token: auth.client_token as string };
}

test("whoever may make hashes makes one for each text, in their order, more than fit in a batch", async () => {
	const texts = Array.from({ length: 1201 }, (_, at) => `text ${at % 1200}`);
	const hashes = await keyedHashes(await access("makes"), key, texts);
	expect(new Set(hashes).size).toBe(1200);
	expect(hashes[1200]).toBe(hashes[0]);
	const checks = await access("checks");
	expect(await isKeyedHash(checks, key, "text 700", hashes[700] ?? "")).toBe(true);
	expect(await isKeyedHash(checks, key, "text 701", hashes[700] ?? "")).toBe(false);
});

test("whoever may only check makes none, and the other way round", async () => {
	const [hash = ""] = await keyedHashes(await access("makes"), key, ["a"]);
	await expect(keyedHashes(await access("checks"), key, ["a"])).rejects.toThrow(/403/);
	await expect(isKeyedHash(await access("makes"), key, "a", hash)).rejects.toThrow(/403/);
});

test("a hash stays valid when the key is rotated", async () => {
	const [hash = ""] = await keyedHashes(await access("makes"), key, ["a"]);
	await server.must("POST", "transit/keys/review/rotate");
	expect(await isKeyedHash(await access("checks"), key, "a", hash)).toBe(true);
});

test.each(["", "nonsense", "vault:v1:AAAA", "vault:v99:AAAA"])("%j is no hash", async (hmac) => {
	const checks = await access("checks");
	const answer = await isKeyedHash(checks, key, "a", hmac).catch(() => false);
	expect(answer).toBe(false);
});
