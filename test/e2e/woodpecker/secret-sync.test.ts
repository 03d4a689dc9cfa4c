import { spawn } from "node:child_process";
import { createSign, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { platformPolicies } from "../../../constructs/vault/platform-policies.ts";
import { renderPolicy } from "../../../constructs/vault/policy.ts";
import { ended } from "../harness/ended.ts";
import { needsPrograms } from "../harness/programs.ts";
import { VaultServer } from "../harness/vault-server.ts";
import { apiToken, CiServer } from "./ci-server.ts";

const ready = needsPrograms("bao|vault", "python3");
const program = join(import.meta.dirname, "../../../constructs/woodpecker/programs/secret_sync.py");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-secret-sync-`));
const tokenFile = join(folder, "token");
const events = ["cron", "deployment", "manual", "push", "tag"];
let vault: VaultServer;
let ci: CiServer;

beforeAll(async () => {
	if (!ready) return;
	vault = await VaultServer.start(folder);
	const lab = await loadSite("lab");
	const policies = platformPolicies(lab);
	await vault.must("PUT", "sys/policies/acl/woodpecker-sync", {
		policy: renderPolicy(policies["woodpecker-sync"]),
	});
	// Signed tokens instead of a cluster that reviews them: the request is the same.
	const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
	await vault.must("POST", "sys/auth/kubernetes", { type: "jwt" });
	await vault.must("POST", "auth/kubernetes/config", {
		jwt_validation_pubkeys: [publicKey.export({ type: "spki", format: "pem" })],
	});
	await vault.must("POST", "auth/kubernetes/role/woodpecker-sync", {
		role_type: "jwt",
		user_claim: "sub",
		bound_subject: "woodpecker-secret-sync",
		token_policies: ["woodpecker-sync"],
	});
	const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
	const now = Math.floor(Date.now() / 1000);
	const claims = { sub: "woodpecker-secret-sync", nbf: now - 5, exp: now + 600 };
	const signed = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`;
	const signature = createSign("RSA-SHA256").update(signed).sign(privateKey, "base64url");
	writeFileSync(tokenFile, `${signed}.${signature}\n`);
});
beforeEach(async () => {
	if (!ready) return;
	ci = await CiServer.start();
	for (const entry of ["global", "org/team", "repo/alice/shop"])
		await vault.ask("DELETE", `secret/metadata/ci/${entry}`);
});
afterEach(() => ci?.stop());
afterAll(async () => {
	await vault?.stop();
	rmSync(folder, { recursive: true });
});

const keep = (entry: string, data: object) => vault.must("POST", `secret/data/ci/${entry}`, { data });
const keepGlobal = (data: object) => keep("global", { woodpecker_api_token: apiToken, ...data });

interface Report {
	readonly code: number;
	readonly output: string;
	readonly metrics: Readonly<Record<string, number>>;
}

/** Runs the program as its job would, with a stand-in for the Pushgateway. */
async function sync(env: Readonly<Record<string, string>> = {}): Promise<Report> {
	const metrics: Record<string, number> = {};
	const gateway = createServer(async (request, response) => {
		for (const line of (await text(request)).trimEnd().split("\n")) {
			const [name = "", value] = line.split(" ");
			metrics[name.replace("ci_secret_sync_", "")] = Number(value);
		}
		response.end();
	}).listen(0, "127.0.0.1");
	await once(gateway, "listening");
	const child = spawn("python3", ["-B", program], {
		env: {
			PATH: process.env.PATH,
			VAULT_ADDR: vault.address,
			VAULT_ROLE: "woodpecker-sync",
			KV_MOUNT: "secret",
			TOKEN_FILE: tokenFile,
			WOODPECKER_URL: ci.url,
			PUSHGATEWAY: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`,
			JOB_NAME: "vault-woodpecker-sync",
			...env,
		},
		stdio: ["ignore", "pipe", "pipe"],
	});
	const { code, output, errors } = await ended(child);
	gateway.close();
	return { code, output: output + errors, metrics };
}

describe("the sync", () => {
	test("makes each secret where its entry says, for every event but pull requests", async () => {
		await keepGlobal({ registry: "r" });
		await keep("org/team", { chat: "c" });
		await keep("repo/alice/shop", { deploy: "d" });
		const { code, metrics } = await sync();
		expect(code).toBe(0);
		expect(metrics).toMatchObject({ created: 3, failed: 0 });
		expect(ci.values("global")).toEqual({ registry: "r" });
		expect(ci.values("orgs/7")).toEqual({ chat: "c" });
		expect(ci.values("repos/42")).toEqual({ deploy: "d" });
		expect(ci.secrets.global?.get("registry")?.events).toEqual(events);
	});

	test("changes nothing when nothing has changed, and what has changed by one request", async () => {
		await keepGlobal({ one: "1", two: "2" });
		await sync();
		ci.calls.length = 0;
		expect((await sync()).metrics).toMatchObject({ unchanged: 2, updated: 0 });
		expect(ci.writes).toEqual([]);
		await keepGlobal({ one: "1", two: "other" });
		expect((await sync()).metrics).toMatchObject({ unchanged: 1, updated: 1 });
		expect(ci.writes).toEqual(["PATCH /api/secrets/two"]);
		expect(ci.values("global")).toEqual({ one: "1", two: "other" });
	});

	test("sees a value that somebody gave other events", async () => {
		await keepGlobal({ one: "1" });
		await sync();
		const made = ci.secrets.global?.get("one");
		if (made) ci.add("global", { ...made, events: ["pull_request"] });
		await sync();
		expect(ci.secrets.global?.get("one")?.events).toEqual(events);
	});

	test.for([
		["quotes", 'a "b" \'c\' \\ {"d"}'],
		["line breaks", "-----BEGIN\nline\r\n\ttab\n"],
		["characters of other scripts", "пароль-密码-🔑"],
	] as const)("carries %s as they are", async ([, value]) => {
		await keepGlobal({ "odd name.ключ": value });
		expect((await sync()).code).toBe(0);
		expect(ci.values("global")).toEqual({ "odd name.ключ": value });
		await keepGlobal({ "odd name.ключ": `${value}!` });
		expect((await sync()).metrics).toMatchObject({ updated: 1 });
		expect(ci.values("global")).toEqual({ "odd name.ключ": `${value}!` });
	});

	test("deletes what it made when the key or the data of the entry is gone", async () => {
		await keepGlobal({ one: "1", two: "2" });
		await keep("repo/alice/shop", { deploy: "d" });
		await sync();
		await keepGlobal({ one: "1" });
		await vault.must("DELETE", "secret/data/ci/repo/alice/shop");
		expect((await sync()).metrics).toMatchObject({ deleted: 2, unchanged: 1 });
		expect(ci.values("global")).toEqual({ one: "1" });
		expect(ci.values("repos/42")).toEqual({});
	});

	test("never deletes what somebody else made, even if it has set its value", async () => {
		ci.add("global", { name: "by-hand", value: "h", events: ["push"], note: "" });
		ci.add("global", { name: "taken-over", value: "old", events: ["push"], note: "mine" });
		await keepGlobal({ "taken-over": "new" });
		await sync();
		expect(ci.values("global")).toEqual({ "by-hand": "h", "taken-over": "new" });
		await keepGlobal({});
		expect((await sync()).metrics).toMatchObject({ deleted: 0 });
		expect(ci.values("global")).toEqual({ "by-hand": "h", "taken-over": "new" });
	});

	test("finds its secrets beyond the first page", async () => {
		const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`key-${index}`, "v"]));
		await keepGlobal(many);
		await sync();
		expect((await sync()).metrics).toMatchObject({ unchanged: 60, created: 0 });
	});
});

describe("a failure", () => {
	test("of one secret leaves the others to be written, and is told", async () => {
		await keepGlobal({ a: "1", b: "2", c: "3" });
		await sync();
		await keepGlobal({ a: "1!", b: "2!", c: "3!" });
		ci.broken = /PATCH .*\/b$/;
		const { code, metrics, output } = await sync();
		expect(code).toBe(1);
		expect(metrics).toMatchObject({ updated: 2, failed: 1 });
		expect(metrics).not.toHaveProperty("last_success_timestamp");
		expect(output).toContain("ci/global: b: PATCH /api/secrets/b: 500");
		expect(ci.values("global")).toEqual({ a: "1!", b: "2", c: "3!" });
		ci.broken = undefined;
		expect((await sync()).metrics).toMatchObject({ updated: 1, unchanged: 2, failed: 0 });
	});

	test("to list the secrets of one scope deletes nothing there and lets the next be served", async () => {
		await keepGlobal({ a: "1" });
		await keep("org/team", { chat: "c" });
		ci.broken = /GET \/api\/secrets$/;
		const { code, metrics } = await sync();
		expect(code).toBe(1);
		expect(metrics).toMatchObject({ created: 1, deleted: 0, failed: 1 });
		expect(ci.values("orgs/7")).toEqual({ chat: "c" });
	});

	test("is a repository that the server does not know", async () => {
		await keepGlobal({});
		await keep("repo/alice/nowhere", { deploy: "d" });
		const { code, output } = await sync();
		expect(code).toBe(1);
		expect(output).toContain("ci/repo/alice/nowhere: GET /api/repos/lookup/alice/nowhere: 404");
		await vault.must("DELETE", "secret/metadata/ci/repo/alice/nowhere");
	});

	test("is a value that is no text, or a name that no path can hold", async () => {
		await keepGlobal({ number: 1, empty: "", "a/b": "v", good: "v" });
		const { code, metrics } = await sync();
		expect(code).toBe(1);
		expect(metrics).toMatchObject({ created: 1, failed: 3 });
	});

	test("to find the API token asks the CI server for nothing", async () => {
		await keep("global", { one: "1" });
		const { code, output } = await sync();
		expect(code).toBe(1);
		expect(output).toContain("ci/global has no woodpecker_api_token");
		expect(ci.calls).toEqual([]);
	});

	test("to log in, or to reach anybody, ends it with a report", async () => {
		const { code, output, metrics } = await sync({ VAULT_ROLE: "nobody" });
		expect(code).toBe(1);
		expect(output).toMatch(/POST \/v1\/auth\/kubernetes\/login: 400/);
		expect(metrics).toMatchObject({ failed: 1 });
		await keepGlobal({ a: "1" });
		expect((await sync({ WOODPECKER_URL: "http://127.0.0.1:1" })).metrics).toMatchObject({ failed: 1 });
	});
});

test("no run leaves a token in Vault, whether or not it succeeds", async () => {
	const tokens = async () => (await vault.must("LIST", "auth/token/accessors")).data.keys.length;
	const before = await tokens();
	await keepGlobal({ a: "1" });
	expect((await sync()).code).toBe(0);
	await keep("global", { a: "1" });
	expect((await sync()).code).toBe(1);
	expect(await tokens()).toBe(before);
});

test("neither tokens nor values are ever printed, and the API token is never copied", async () => {
	await keepGlobal({ a: "canary-4711", b: "canary-4712" });
	ci.broken = /POST/;
	const { output } = await sync();
	expect(output).toContain("500");
	expect(output).not.toMatch(/canary|api-token|hvs\.|eyJ/);
	expect(JSON.stringify(ci.calls.map(({ body }) => body))).not.toContain(apiToken);
	expect(ci.calls.some(({ body }) => body.name === "woodpecker_api_token")).toBe(false);
});
