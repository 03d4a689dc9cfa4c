import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkKeyedHashes, keyedHashes } from "../../../clients/vault/keyed-hash.ts";
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
	const pairs = texts.map((text, at) => ({ text, hash: hashes[at === 3 ? 4 : at] ?? "" }));
	const valid = await checkKeyedHashes(checks, key, pairs);
	expect(valid.flatMap((one, at) => (one ? [] : [at]))).toEqual([3]);
});

test("whoever may only check makes none, and the other way round", async () => {
	const [hash = ""] = await keyedHashes(await access("makes"), key, ["a"]);
	await expect(keyedHashes(await access("checks"), key, ["a"])).rejects.toThrow(/403/);
	await expect(checkKeyedHashes(await access("makes"), key, [{ text: "a", hash }])).rejects.toThrow(/403/);
});

test("a hash stays valid when the key is rotated", async () => {
	const [hash = ""] = await keyedHashes(await access("makes"), key, ["a"]);
	await server.must("POST", "transit/keys/review/rotate");
	const [later = ""] = await keyedHashes(await access("makes"), key, ["a"]);
	const pairs = [hash, later].map((one) => ({ text: "a", hash: one }));
	expect(await checkKeyedHashes(await access("checks"), key, pairs)).toEqual([true, true]);
});

test("what is no keyed hash is not valid, and does not hide that its neighbour is", async () => {
	const [hash = ""] = await keyedHashes(await access("makes"), key, ["a"]);
	const pairs = [
		"",
		"nonsense",
		"vault:v1:AAAA",
		"vault:v99:AAAA",
		"vault:v1:é",
		hash.replace(/v\d+/, "v99"),
		hash,
	].map((one) => ({
		text: "a",
		hash: one,
	}));
	const valid = await checkKeyedHashes(await access("checks"), key, pairs);
	expect(valid).toEqual([false, false, false, false, false, false, true]);
});
