import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askVault, findInVault } from "../../../clients/vault/ask-vault.ts";
import { patchKv, readKv } from "../../../clients/vault/kv.ts";
import { needsPrograms } from "../harness/programs.ts";
import { VaultServer } from "../harness/vault-server.ts";

const ready = needsPrograms("bao|vault");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-refusals-`));
let server: VaultServer;

beforeAll(async () => {
	if (!ready) return;
	server = await VaultServer.start(folder);
	await server.must("POST", "secret/data/here", { data: { key: "dummy" } });
	await server.must("POST", "secret/data/deleted", { data: { key: "dummy" } });
	await server.must("DELETE", "secret/data/deleted");
});
afterAll(async () => {
	await server?.stop();
	rmSync(folder, { recursive: true });
});

const root = () => ({ address: server.address, token: server.rootToken });

describe("what a real server says", () => {
	test.for([
		["secret/data/none"],
		["secret/data/deleted"],
		["secret/metadata/none"],
		["sys/policies/acl/none"],
	])("of %s is that it is not there", async ([path = ""]) => {
		expect(await findInVault(root(), { path: path.split("/") })).toBeUndefined();
	});

	test("of a folder that is empty is that it is not there", async () => {
		const path = ["secret", "metadata", "none"];
		expect(await findInVault(root(), { method: "LIST", path })).toBeUndefined();
	});

	test("of a mount that is missing is an error, not an absence", async () => {
		await expect(findInVault(root(), { path: ["nowhere", "metadata", "x"] })).rejects.toThrow(
			/answers 404: nothing is mounted there, .* \(no handler for route/,
		);
	});

	test("of a token that it does not know is what to do", async () => {
		await expect(
			askVault({ ...root(), token: "hvs.unknown" }, { path: ["secret", "data", "here"] }),
		).rejects.toThrow(/answers 403: .*log in with "vault login" \(permission denied\)$/);
	});

	test("of a write that came too late is a conflict", async () => {
		const at = { ...root(), mount: "secret", path: "here" };
		const { version } = await readKv(at);
		await patchKv(at, { other: "dummy" }, version);
		await expect(patchKv(at, { other: "late" }, version)).rejects.toMatchObject({ name: "KvConflict" });
		expect((await readKv(at)).data).toEqual({ key: "dummy", other: "dummy" });
	});

	test("while it is sealed is that it is", async () => {
		await askVault(root(), { method: "PUT", path: ["sys", "seal"] });
		await expect(findInVault(root(), { path: ["secret", "data", "here"] })).rejects.toThrow(
			/answers 503: Vault is sealed or has no leader; .*\(.*sealed/,
		);
	});
});
