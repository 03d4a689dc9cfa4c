import { execFileSync, spawn } from "node:child_process";
import { createSign, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import {
	copyFileSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { vaultRestoration } from "../../../cli/restore/vault.ts";
import { thisMachine } from "../../../clients/host/target.ts";
import { loadSite } from "../../../config/load-site.ts";
import { Container } from "../harness/container.ts";
import { Daemon } from "../harness/daemon.ts";
import { DeployedStack } from "../harness/deployed-stack.ts";
import { ended } from "../harness/ended.ts";
import { freePort } from "../harness/free-port.ts";
import { needs } from "../harness/needs.ts";
import { needsPrograms, vaultProgram } from "../harness/programs.ts";
import { runProof } from "../harness/run-proof.ts";
import { sameSecond } from "../harness/same-second.ts";
import { waitFor } from "../harness/wait-for.ts";

needs("wget");
const ready = needsPrograms("bao|vault");

const home = await loadSite("home");
const stack = new DeployedStack(home, "vault");
const backup = stack.container("cron_job", "vault-raft-backup", "vault-raft-backup");
const proof = stack.container("cron_job", "vault-raft-backup-proof", "vault-raft-backup-proof");
const unseal = stack.files("vault-auto-unseal")["auto-unseal.sh"] ?? "";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-raft-`));
/** Where the scripts find their `vault`. */
const path = [join(folder, "bin"), process.env.PATH].join(delimiter);
let server: Raft;

/** One Raft server, initialised and sealed, as a pod of the chart is after its start. */
class Raft {
	readonly address: string;
	rootToken = "";
	#daemon: Daemon | undefined;

	constructor(port: number, cluster: number) {
		this.address = `http://127.0.0.1:${port}`;
		mkdirSync(join(folder, "data"));
		writeFileSync(
			join(folder, "server.hcl"),
			`disable_mlock = true
api_addr = "${this.address}"
cluster_addr = "https://127.0.0.1:${cluster}"
storage "raft" {
  path = "${join(folder, "data")}"
  node_id = "one"
}
listener "tcp" {
  address = "127.0.0.1:${port}"
  cluster_address = "127.0.0.1:${cluster}"
  tls_disable = true
}
`,
		);
	}

	async start(): Promise<void> {
		this.#daemon = new Daemon(vaultProgram ?? "vault", ["server", `-config=${join(folder, "server.hcl")}`], {
			logFile: join(folder, "server.log"),
			env: { PATH: path, HOME: folder },
		});
		await waitFor("the server listens", () => this.health(), { within: 60_000 });
	}

	async initialise(): Promise<void> {
		const { keys, root_token: token } = await this.ask("PUT", "sys/init", {
			secret_shares: 1,
			secret_threshold: 1,
		});
		writeFileSync(join(folder, "unseal-key"), keys[0]);
		this.rootToken = token;
	}

	/** 200 active, 429 standby, 501 not initialised, 503 sealed. */
	async health(): Promise<number> {
		return (await fetch(`${this.address}/v1/sys/health`, { signal: AbortSignal.timeout(30_000) })).status;
	}

	// biome-ignore lint/suspicious/noExplicitAny: answers are read by name
	async ask(method: string, to: string, body?: object): Promise<any> {
		const response = await fetch(`${this.address}/v1/${to}`, {
			method,
			headers: { "X-Vault-Token": this.rootToken },
			...(body ? { body: JSON.stringify(body) } : {}),
			// A Raft server syncs every step to the disk, however busy that is.
			signal: AbortSignal.timeout(60_000),
		});
		const answer = await response.text();
		if (!response.ok) throw new Error(`${method} ${to}: ${response.status} ${answer}`);
		return answer === "" ? {} : JSON.parse(answer);
	}

	async stop(): Promise<void> {
		await this.#daemon?.stop();
	}
}

/** Keeps the server unsealed, as the sidecar does. */
function sidecar(): Daemon {
	writeFileSync(join(folder, "auto-unseal.sh"), unseal);
	return new Daemon("sh", [join(folder, "auto-unseal.sh")], {
		logFile: join(folder, "sidecar.log"),
		env: {
			PATH: path,
			HOME: folder,
			VAULT_ADDR: server.address,
			UNSEAL_KEY_FILE: join(folder, "unseal-key"),
			INTERVAL: "0.2",
		},
	});
}

/** The command that the CronJob runs. @param token what its service account would present */
async function backUp({ token = "account-token", pushStatus = 200, programs = path } = {}) {
	const root = mkdtempSync(join(folder, "run-"));
	const pushes: string[] = [];
	const gateway = createServer(async (request, response) => {
		pushes.push(await text(request));
		response.writeHead(pushStatus).end();
	}).listen(0, "127.0.0.1");
	await once(gateway, "listening");
	writeFileSync(join(root, "token"), token);
	const { command, env } = new Container({
		deployed: backup,
		root,
		volumes: { "/backup": join(folder, "backup") },
		env: {
			PATH: programs,
			HOME: folder,
			VAULT_ADDR: server.address,
			TOKEN_FILE: join(root, "token"),
			PUSHGATEWAY: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`,
		},
	});
	const child = spawn(command[0] ?? "", command.slice(1), { env, stdio: ["ignore", "pipe", "pipe"] });
	const { code, output, errors } = await ended(child);
	gateway.close();
	return {
		code,
		output: output + errors,
		pushes,
		files: readdirSync(join(folder, "backup")),
	};
}

beforeAll(async () => {
	if (!ready) return;
	mkdirSync(join(folder, "bin"));
	mkdirSync(join(folder, "backup"));
	symlinkSync(vaultProgram ?? "", join(folder, "bin/vault"));
	server = new Raft(await freePort(), await freePort());
	await server.start();
	await server.initialise();
}, 180_000);
beforeEach(() => {
	if (!ready) return;
	rmSync(join(folder, "backup"), { recursive: true, force: true });
	mkdirSync(join(folder, "backup"));
});
afterAll(async () => {
	await server?.stop();
	rmSync(folder, { recursive: true });
});

describe("a Raft server", () => {
	test("is unsealed by the sidecar after every start, and the key never is an argument", async () => {
		expect(await server.health()).toBe(503);
		const helper = sidecar();
		await waitFor("the server is active", async () => (await server.health()) === 200, { within: 60_000 });
		await server.stop();
		await server.start();
		await waitFor("the server is active again", async () => (await server.health()) === 200, {
			within: 60_000,
		});
		await helper.stop();
		expect(unseal).toContain("key=@");
		expect(
			readFileSync(join(folder, "sidecar.log"), "utf8").match(/sealed, sending/g)?.length,
		).toBeGreaterThan(1);
		expect(readFileSync(join(folder, "sidecar.log"), "utf8")).not.toContain(
			readFileSync(join(folder, "unseal-key"), "utf8"),
		);
	}, 300_000);

	test("is backed up by an identity that may do nothing else, and restored from the copy", async () => {
		await prepareLogin();
		await server.ask("PUT", "sys/mounts/secret", { type: "kv", options: { version: "2" } });
		await waitFor(
			"the engine is ready",
			() => server.ask("POST", "secret/data/app", { data: { key: "first" } }),
			{ within: 60_000, every: 200 },
		);
		const { code, files, pushes, output } = await backUp({ token: accountToken() });
		expect(output).toContain("vault-raft-");
		expect(code).toBe(0);
		expect(files).toEqual([expect.stringMatching(/^vault-raft-\d{8}-\d{6}\.db$/)]);
		expect(pushes[0]).toContain("backup_last_success_timestamp ");

		const programs = sameSecond(path);
		const pair = [0, 1].map(() => backUp({ token: accountToken(), programs }));
		expect((await Promise.all(pair)).map((run) => run.code)).toEqual([0, 0]);
		expect(readdirSync(join(folder, "backup"))).toHaveLength(3);

		await proveSnapshots(files[0] ?? "");
		await server.ask("POST", "secret/data/app", { data: { key: "second" } });
		const helper = sidecar();
		const value = () =>
			server.ask("GET", "secret/data/app").then(
				({ data }) => data.data.key,
				() => undefined,
			);
		// The command of operators: nothing that is damaged or refused changes anything, and it can be repeated.
		const of = (token: string) =>
			vaultRestoration(
				join(folder, "backup"),
				thisMachine,
				async () => ({ address: server.address, token }),
				300,
			);
		const restoration = of(server.rootToken);
		const [point = ""] = await restoration.points();
		expect(files).toEqual([point]);
		const damaged = "vault-raft-20300101-000000.db";
		writeFileSync(
			join(folder, "backup", damaged),
			readFileSync(join(folder, "backup", point)).subarray(0, 900),
		);
		await expect(restoration.restore(damaged)).rejects.toThrow("is damaged, nothing was changed");
		await expect(of("no-such-token").restore(point)).rejects.toThrow("answers 403");
		expect(await value()).toBe("second");
		for (const _ of [1, 2]) {
			expect(await restoration.restore(point)).toContain("infra plan vault");
			await waitFor("the old value is back", async () => (await value()) === "first", {
				within: 60_000,
				every: 300,
			});
		}
		await helper.stop();
	}, 300_000);

	test("that refuses the login leaves no file, no metric and a failed job", async () => {
		writeFileSync(join(folder, "backup/vault-raft-20200101-000000.db"), "old");
		const long = Date.now() / 1000 - 400 * 86_400;
		utimesSync(join(folder, "backup/vault-raft-20200101-000000.db"), long, long);
		const { code, files, pushes } = await backUp({ token: "somebody-else" });
		expect(code).not.toBe(0);
		expect(files).toEqual(["vault-raft-20200101-000000.db"]);
		expect(pushes).toEqual([]);
	});
});

/** The proof of a snapshot as it is, and as it must not be. */
async function proveSnapshots(name: string): Promise<void> {
	const prove = async (change: (snapshot: string) => void = () => {}) => {
		const backups = mkdtempSync(join(folder, "proof-"));
		const snapshot = join(backups, name);
		copyFileSync(join(folder, "backup", name), snapshot);
		change(snapshot);
		const port = await freePort();
		return await runProof(proof, { backups, env: { PATH: path, PROOF_PORT: String(port) } });
	};
	/** Packs the archive anew, with another store and the sums of before. */
	const repack = (snapshot: string) => {
		const work = mkdtempSync(join(folder, "archive-"));
		execFileSync("tar", ["-xzf", snapshot, "-C", work]);
		const state = readFileSync(join(work, "state.bin"));
		state[100] = (state[100] ?? 0) ^ 1;
		writeFileSync(join(work, "state.bin"), state);
		execFileSync("tar", [
			"-czf",
			snapshot,
			"-C",
			work,
			"meta.json",
			"state.bin",
			"SHA256SUMS",
			"SHA256SUMS.sealed",
		]);
	};
	const cut = (snapshot: string) => writeFileSync(snapshot, readFileSync(snapshot).subarray(0, 900));
	const [good, ...bad] = await Promise.all([
		prove(),
		prove(cut),
		prove(repack),
		prove((snapshot) => writeFileSync(snapshot, "")),
		prove((snapshot) => renameSync(snapshot, `${snapshot}.part`)),
		prove((snapshot) => utimesSync(snapshot, 0, Date.now() / 1000 - 31 * 86_400)),
	]);
	expect(good).toMatchObject({ code: 0, output: expect.stringMatching(/comes back: \d+ bytes/) });
	expect(Object.keys(good.metrics)).toContain('backup_restore_verified_timestamp{kind="vault"}');
	for (const { code, metrics } of bad)
		expect({ failed: code !== 0, metrics }).toEqual({ failed: true, metrics: {} });
}

/** The stack's policy and role for a login by signed tokens, which the API server's stands in for. */
async function prepareLogin(): Promise<void> {
	const policy = stack.argument("vault_policy", "raft-backup", "policy");
	await server.ask("PUT", "sys/policies/acl/raft-backup", { policy });
	await server.ask("POST", "sys/auth/kubernetes", { type: "jwt" });
	await server.ask("POST", "auth/kubernetes/config", {
		jwt_validation_pubkeys: [publicKey.export({ type: "spki", format: "pem" })],
	});
	await server.ask("POST", "auth/kubernetes/role/vault-raft-backup", {
		role_type: "jwt",
		user_claim: "sub",
		bound_audiences: ["vault"],
		token_policies: ["raft-backup"],
	});
}

function accountToken(): string {
	const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
	const now = Math.floor(Date.now() / 1000);
	const claims = { sub: "vault-raft-backup", aud: "vault", nbf: now - 5, exp: now + 600 };
	const signed = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`;
	return `${signed}.${createSign("RSA-SHA256").update(signed).sign(privateKey, "base64url")}`;
}
