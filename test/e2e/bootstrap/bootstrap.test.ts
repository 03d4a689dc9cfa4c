import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { initialiseVault, sealStatus, unsealVault } from "../../../clients/vault/seal.ts";
import { projectRoot } from "../../../config/project-root.ts";
import { newAgeKey } from "../../../lab/age-key.ts";
import { findProgram } from "../../../lab/find-program.ts";
import { missingPrograms } from "../../../lab/needed-programs.ts";
import { bareVaultServer } from "../../../lab/vault-server.ts";
import { Daemon } from "../harness/daemon.ts";
import { freePortPair } from "../harness/free-port.ts";
import { slow } from "../harness/needs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { missing as withoutStates } from "../state/encrypted-project.ts";
import { BareLab } from "./bare-lab.ts";
import { drill } from "./drill.cases.ts";

const world = new BareLab();
const values = join(world.memory, "values.json");
const others: Daemon[] = [];
let providers: string | undefined;
let drilled = false;

beforeEach(({ skip }) => {
	const missing = missingPrograms();
	skip(
		missing.length > 0,
		`not on this machine: ${missing.join(", ")}; infra lab build says how to get them`,
	);
	skip(withoutStates !== "", withoutStates);
	skip(providers !== undefined, providers);
});
afterAll(async () => {
	for (const other of others) await other.stop();
	await world.remove();
}, 120_000);

/** Another server that is not initialised, in the place of the lab's. */
async function anotherVault(): Promise<string> {
	const port = await freePortPair();
	const folder = join(world.memory, `vault-${port}`);
	mkdirSync(folder);
	const { names, args } = bareVaultServer(folder, port);
	others.push(new Daemon(findProgram(...names) ?? "bao", [...args], { logFile: join(folder, "log") }));
	const address = `http://127.0.0.1:${port}`;
	const answers = () => sealStatus(address).catch(() => undefined);
	await waitFor("the other server answers", answers, { within: 60_000 });
	return address;
}

/** The line of a step: `… stack storage`. */
const begins = (outcome: string) => `… ${outcome}`;

describe("a site is brought up from an empty cluster", () => {
	test("which keeps no secret without a recipient", async () => {
		expect(await world.bootstrap([], { INFRA_SITE: "lab" })).toMatchObject({
			code: 1,
			stderr: expect.stringMatching(/site lab names no keys of age to encrypt for\n {2}help: state\.tier0/),
		});
	});

	test("of which nothing is touched before everything is here that it takes", async () => {
		expect(await world.infra(["lab", "up", "--bare"])).toMatchObject({ code: 0 });
		const foreign = join(world.memory, "foreign.txt");
		writeFileSync(foreign, newAgeKey().identity);
		const away = join(world.memory, "away.json");
		const site = JSON.parse(readFileSync(world.site, "utf8"));
		const config = readFileSync(join(projectRoot, site.cluster.kubeconfig), "utf8");
		const kubeconfig = relative(projectRoot, join(world.folder, "away"));
		writeFileSync(kubeconfig, config.replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:9"));
		writeFileSync(away, JSON.stringify({ ...site, cluster: { ...site.cluster, kubeconfig } }));
		const broken = join(world.memory, "broken.yaml");
		writeFileSync(broken, "platform:\n  count: 7\nredis: text\n");
		const [withoutKey, withoutCluster, withoutValues, withBroken] = await Promise.all([
			world.bootstrap([], { SOPS_AGE_KEY_FILE: foreign, CDKTF_OUTDIR: join(world.folder, "out-1") }),
			world.bootstrap([], { INFRA_SITE: away, CDKTF_OUTDIR: join(world.folder, "out-2") }),
			world.bootstrap([], { CDKTF_OUTDIR: join(world.folder, "out-3") }),
			world.bootstrap(["--values", broken], { CDKTF_OUTDIR: join(world.folder, "out-4") }),
		]);
		expect(withoutKey.stderr).toContain("no key of age is here that reads it");
		expect(withoutKey.stderr).toContain("help: name a private key of one of state.tier0.recipients");
		expect(withoutCluster.stderr).toContain("does not answer");
		expect(withoutCluster.stdout).toContain("✗ the cluster answers");
		expect(withoutValues.stderr).toContain("values missing that stacks read from Vault");
		expect(withoutValues.stderr).toContain("platform: mailserver_accounts");
		// What nobody else has to know is made.
		expect(withoutValues.stderr).not.toContain("redis: operator");
		expect(withoutValues.stdout).toContain("The same command again goes on from there.");
		expect(withBroken.stderr).toContain("platform: count is no text; put it in quotes\n  redis has no keys");
		for (const { code } of [withoutKey, withoutCluster, withoutValues, withBroken]) expect(code).toBe(1);
		expect(world.filesWith('"lineage"')).toEqual([]);
		expect(await sealStatus(await vaultAddress())).toEqual({ initialized: false, sealed: true });
	}, 300_000);

	test("and goes on wherever it was killed or interrupted", async ({ skip }) => {
		const made = await world.infra(["lab", "values"]);
		const { redis: _, ...given } = JSON.parse(made.stdout);
		writeFileSync(values, JSON.stringify(given));
		const first = await world.until(begins("stack storage"), "SIGKILL", ["--values", values]);
		expect(first.stdout).toContain("✓ every entry that the stacks read from Vault has a value");
		// They are in the safe from now on.
		let second: ReturnType<BareLab["bootstrap"]> | undefined;
		const interrupted = await world.infra(["bootstrap"], {}, (output, child) => {
			if (output.includes(begins("stack storage"))) second ??= world.bootstrap();
			if (output.includes("✓ create") && !child.killed) child.kill("SIGINT");
		});
		if (/cannot be installed/.test(interrupted.stderr)) {
			providers = "terraform init cannot install the providers";
			skip(true, providers);
		}
		expect(interrupted.stderr).toContain("stopping: waiting for");
		expect(interrupted).toMatchObject({ code: 130, stdout: expect.stringContaining("✗ stack storage") });
		expect(interrupted.stderr).toContain("stopping: waiting for");
		expect(await second).toMatchObject({
			code: 1,
			stderr: expect.stringMatching(
				/is being brought up by process \d+ of .*: infra bootstrap\n {2}help: wait/,
			),
		});
		for (const step of [
			"Vault is initialised",
			"Vault is unsealed",
			"there is a login",
			"the KV engine",
			"Vault has every entry",
			"the safe has no entry but",
		])
			expect((await world.until(begins(step), "SIGKILL")).stdout).toContain(begins(step));
		const there = await world.until(begins("stack vault is applied"), "SIGINT");
		expect(there).toMatchObject({
			code: 130,
			stdout: expect.stringContaining("✓ stack storage is applied  (as before)"),
		});
		expect(await sealStatus(await vaultAddress())).toEqual({ initialized: true, sealed: false });
	}, 600_000);

	test("and leaves what opens Vault in its safe alone", async () => {
		const { content } = await world.safe();
		const { unsealKeys = [], rootToken = "", entries = {} } = content;
		expect(unsealKeys).toHaveLength(1);
		for (const secret of [...unsealKeys, rootToken]) {
			expect(secret.length).toBeGreaterThan(20);
			expect(world.filesWith(secret)).toEqual([]);
		}
		// Those that are read while Vault is not there.
		expect(Object.keys(entries).sort()).toEqual(["proxmox-csi", "proxmox-csi-encryption"]);
	});

	test("beside a Vault of somebody else it says what is missing, and does nothing to it", async () => {
		const [foreign, sealed, lost] = await Promise.all([anotherVault(), anotherVault(), anotherVault()]);
		const { content, change } = await world.safe();
		const { keys } = await initialiseVault(foreign);
		await Promise.all([initialiseVault(sealed), initialiseVault(lost)]);
		// The key of the safe is of the lab's own.
		expect(await world.bootstrap([], { VAULT_ADDR: sealed })).toMatchObject({
			code: 1,
			stderr: expect.stringMatching(
				/the key of .* does not open this Vault.*\n {2}help: it is of another one/,
			),
		});
		await change({ unsealKeys: undefined, rootToken: undefined });
		try {
			expect(await world.bootstrap([], { VAULT_ADDR: sealed })).toMatchObject({
				code: 1,
				stderr: expect.stringMatching(/Vault is sealed, and its key is not in .*somebody else/),
			});
			await unsealVault(foreign, keys[0] ?? "");
			expect(await world.bootstrap([], { VAULT_ADDR: foreign })).toMatchObject({
				code: 1,
				stderr: expect.stringMatching(
					/neither .* nor VAULT_TOKEN has a login.*\n {2}help: as an administrator/,
				),
			});
			await change({ initialising: "2026-01-31T03:00:00.000Z" });
			expect(await world.bootstrap([], { VAULT_ADDR: lost })).toMatchObject({
				code: 1,
				stderr: expect.stringMatching(
					/ended before it could keep the key\n {2}help: nobody can open that Vault/,
				),
			});
		} finally {
			const { unsealKeys, rootToken } = content;
			await change({ unsealKeys, rootToken, initialising: undefined });
		}
		const empty = await world.bootstrap([], { VAULT_ADDR: await anotherVault() });
		expect(empty.stderr).toContain("has the key of one that was there before");
	}, 300_000);

	test("to the end, and a second run changes nothing", async ({ skip }) => {
		slow(skip);
		const { content } = await world.safe();
		const done = await world.bootstrap();
		expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining("✓ the root token is revoked") });
		const after = await world.safe();
		expect(after.content.rootToken).toBeUndefined();
		expect(after.content.unsealKeys).toEqual(content.unsealKeys);
		expect((await world.bootstrap()).stderr).toContain("as an administrator: vault login");
		const again = await world.infra(["lab", "shell", "--", "cli/bin/infra.js", "bootstrap"]);
		expect(again.code).toBe(0);
		expect(again.stdout.match(/✓/g)).toHaveLength(again.stdout.match(/\(as before\)/g)?.length ?? 0);
		// Else the drill ends with that.
		if (!drilled) expect(await world.problems()).toEqual([]);
	}, 600_000);
});

describe("everything is lost, and comes back", () => {
	drilled = drill(world);
});

const vaultAddress = async () => JSON.parse(readFileSync(world.site, "utf8")).vault.address as string;
