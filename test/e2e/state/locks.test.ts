import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, type TestContext, test } from "vitest";
import { newHolder, StateLocked } from "../../../engine/state/lock-holder.ts";
import { VaultLock } from "../../../engine/state/vault-lock.ts";
import { findProgram } from "../../../lab/find-program.ts";
import { freePort } from "../../../lab/free-port.ts";
import { VaultServer } from "../harness/vault-server.ts";
import { waitFor } from "../harness/wait-for.ts";
import { encryptedProject, missing } from "./encrypted-project.ts";
import { failingSops } from "./failing-sops.ts";
import { slowObject } from "./slow-object.ts";

const vault = findProgram("bao", "vault");
const folder = mkdtempSync(join(tmpdir(), "infra-state-locks-"));
const keyRules = `
	path "transit/encrypt/sops-state-*" { capabilities = ["update"] }
	path "transit/decrypt/sops-state-*" { capabilities = ["update"] }
	path "transit/keys/sops-state-*" { capabilities = ["read"] }`;
const lockRules = `
	path "secret/data/locks/*" { capabilities = ["create", "read", "update"] }
	path "secret/metadata/locks/*" { capabilities = ["read"] }`;
let server: VaultServer;

beforeAll(async () => {
	if (vault === undefined) return;
	server = await VaultServer.start(folder);
	await server.must("POST", "sys/mounts/transit", { type: "transit" });
	await server.must("POST", "transit/keys/sops-state-storage", {});
	await server.must("PUT", "sys/policies/acl/deploys", { policy: keyRules + lockRules });
	await server.must("PUT", "sys/policies/acl/locks", { policy: lockRules });
});
afterAll(async () => {
	await server?.stop();
	rmSync(folder, { recursive: true });
});
beforeEach(({ skip }) =>
	skip(missing !== "" || vault === undefined, missing || "bao or vault is not on this machine"),
);

/** Every test has a site of its own, since they share a Vault. */
let sites = 0;

async function projectWithVault(context: TestContext, policy = "deploys") {
	const { auth } = await server.must("POST", "auth/token/create", { policies: [policy] });
	const site = `mine-${++sites}`;
	const token = auth.client_token as string;
	const project = encryptedProject(context, { vault: { address: server.address, token } });
	const run = (args: string, more: NodeJS.ProcessEnv = {}) => project.run(args, { FAKE_SITE: site, ...more });
	const entry = async () => {
		const { data } = await server.must("GET", `secret/data/locks/${site}/storage`);
		const parsed = Object.entries((data as { data: Record<string, string> }).data).map(([name, text]) => [
			name,
			text === "" ? undefined : JSON.parse(text),
		]);
		return Object.fromEntries(parsed) as Record<
			"lock" | "last" | "broken",
			Record<string, unknown> | undefined
		>;
	};
	/** Another checkout of the same repository, as a copy of its state. */
	const elsewhere = () => {
		const copy = join(project.folder, "elsewhere");
		cpSync(join(project.folder, "state"), join(copy, "state"), { recursive: true });
		return { CDKTF_OUTDIR: join(copy, "out"), INFRA_MEMORY: project.memory };
	};
	const pull = () =>
		cpSync(join(project.folder, "state"), join(project.folder, "elsewhere", "state"), { recursive: true });
	return { ...project, run, site, entry, elsewhere, pull };
}

/** An apply that waits until a file is there. */
const slow = (file: string) => ({
	INFRA_TEST_GO: file,
	FAKE_WORLD: JSON.stringify({ storage: { a: { input: "1" }, b: slowObject("2") } }),
});
const changed = (input: string) => ({ FAKE_WORLD: JSON.stringify({ storage: { a: { input } } }) });

describe.concurrent("with Vault", { timeout: 600_000 }, () => {
	test("its key opens a state to whoever has no key of age", async (context) => {
		const { run, folder, opened } = await projectWithVault(context);
		expect(await run("deploy storage --yes")).toMatchObject({ code: 0, stderr: "" });
		expect(opened().serial).toBe(1);
		const without = { SOPS_AGE_KEY_FILE: join(folder, "none") };
		expect(await run("plan storage --detailed-exitcode", without)).toMatchObject({ code: 0, stderr: "" });
	});

	test("that refuses its key, a state is written for the keys of age, and that is said", async (context) => {
		const { run, opened } = await projectWithVault(context, "locks");
		const { code, stderr } = await run("deploy storage --yes");
		expect(code).toBe(0);
		expect(stderr).toContain("stack storage: its state is encrypted for the keys of age alone");
		expect(opened().serial).toBe(1);
	});

	test("of two deployers in two checkouts one is refused, and told who and how to free it", async (context) => {
		const { run, elsewhere, entry, site, folder } = await projectWithVault(context);
		expect((await run("deploy storage --yes")).code).toBe(0);
		const other = elsewhere();
		const go = join(folder, "go");
		const first = run("deploy storage --yes", slow(go));
		await waitFor("the lock is taken", async () => (await entry()).lock?.operation === "apply", {
			within: 60_000,
		});
		const second = await run("deploy storage --yes", { ...changed("3"), ...other });
		expect(second.code).toBe(1);
		expect(second.stderr).toMatch(
			new RegExp(
				`^error: stack storage of site ${site}: its state is locked by \\S+@\\S+ since \\d{4}-\\S+Z, for apply(, at commit [0-9a-f]{12})?\\n` +
					"  help: wait until it has ended; if it is gone for certain: infra state unlock storage --holder \\S+@\\S+\\n$",
			),
		);
		writeFileSync(go, "");
		expect(await first).toMatchObject({ code: 0, stderr: "" });
		expect(await entry()).toMatchObject({ lock: undefined, last: { serial: 2 } });
	});

	test("an older checkout is refused until it has the newest state", async (context) => {
		const { run, elsewhere, pull } = await projectWithVault(context);
		expect((await run("deploy storage --yes")).code).toBe(0);
		const other = elsewhere();
		expect((await run("deploy storage --yes", changed("2"))).code).toBe(0);
		const late = await run("deploy storage --yes", { ...changed("3"), ...other });
		expect(late.code).toBe(1);
		expect(late.stderr).toMatch(
			/^error: stack storage: this is not its newest state: \S+ has written serial 2 at \S+, and the one here has serial 1\n {2}help: get it from there \(git pull\)/,
		);
		pull();
		expect(await run("deploy storage --yes", { ...changed("3"), ...other })).toMatchObject({ code: 0 });
	});

	test("a state whose newest version is lost goes on from an older one, by name", async (context) => {
		const { run, elsewhere, entry } = await projectWithVault(context);
		expect((await run("deploy storage --yes")).code).toBe(0);
		const other = elsewhere();
		expect((await run("deploy storage --yes", changed("2"))).code).toBe(0);
		expect((await run("state rollback storage 1", other)).stderr).toContain("--confirm-loss");
		expect((await entry()).last).toMatchObject({ serial: 2 });
		const back = await run("state rollback storage 1 --confirm-loss", other);
		expect(back).toMatchObject({ code: 0, stderr: "" });
		expect((await entry()).last).toMatchObject({ serial: 3 });
		expect(await run("plan storage --detailed-exitcode", other)).toMatchObject({ code: 0 });
	});

	test("a state that could not be encrypted keeps other checkouts off until it is in its place", async (context) => {
		const { run, elsewhere, pull, entry, folder, stateFolder } = await projectWithVault(context);
		const { env, ends, mend } = failingSops(folder);
		expect((await run("deploy storage --yes")).code).toBe(0);
		const other = elsewhere();
		const command = ends.fails;
		const objects = { a: { input: "1" }, b: { input: "2", provisioner: [{ "local-exec": { command } }] } };
		const world = { FAKE_WORLD: JSON.stringify({ storage: objects }) };
		expect((await run("deploy storage --yes", { ...env, ...world })).code).toBe(1);
		expect((await entry()).lock).toMatchObject({ operation: "apply", unwritten: stateFolder });
		const refused = await run("plan storage", { ...other, ...world });
		expect([refused.code, refused.stderr]).toEqual([
			1,
			expect.stringMatching(
				/its newest state could not be written, and is on that machine alone \(\S+\)\n {2}help: once that is mended there, infra plan storage takes it from there and frees the lock; if it is lost for good: infra state unlock/,
			),
		]);
		mend();
		expect(await run("plan storage --detailed-exitcode", { ...env, ...world })).toMatchObject({ code: 0 });
		expect(await entry()).toMatchObject({ lock: undefined, broken: undefined, last: { serial: 2 } });
		expect((await run("plan storage", { ...other, ...world })).stderr).toContain("has written serial 2");
		pull();
		expect(await run("plan storage --detailed-exitcode", { ...other, ...world })).toMatchObject({ code: 0 });
	});

	test("that is away, nothing is done until the lock of this checkout is asked for", async (context) => {
		const { run, opened } = await projectWithVault(context);
		const address = `http://127.0.0.1:${await freePort()}`;
		const away = { FAKE_VAULT: address, VAULT_ADDR: address };
		const refused = await run("deploy storage --yes", away);
		expect([refused.code, refused.stderr]).toEqual([
			1,
			`error: stack storage: the lock of its state is in Vault, which does not give it: ${address} cannot be reached: ECONNREFUSED\n` +
				"  help: where that Vault is lost, and nobody else deploys: INFRA_STATE_LOCK=file locks it in this checkout alone\n",
		]);
		const alone = await run("deploy storage --yes", { ...away, INFRA_STATE_LOCK: "file" });
		expect([alone.code, alone.stderr]).toEqual([0, expect.stringContaining("for the keys of age alone")]);
		expect(opened().serial).toBe(1);
	});

	test("a lock is broken by the name of its holder alone, and that is recorded", async (context) => {
		const { run, site, entry, journal } = await projectWithVault(context);
		const { auth } = await server.must("POST", "auth/token/create", { policies: ["locks"] });
		const lock = new VaultLock(
			async () => ({ address: server.address, token: auth.client_token as string }),
			{
				mount: "secret",
				site,
				stack: "storage",
			},
		);
		const holder = { ...newHolder({ site, stack: "storage" }, "apply"), holder: "ann@desk" };
		await lock.take(holder);
		expect((await run("plan storage")).stderr).toContain("its state is locked by ann@desk since");
		const wrong = await run("state unlock storage --holder bob@desk");
		expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("by ann@desk since")]);
		expect((await entry()).lock).toMatchObject({ holder: "ann@desk" });
		expect((await run("state unlock storage --holder ann@desk")).code).toBe(0);
		expect(await entry()).toMatchObject({
			lock: undefined,
			broken: { holder: "ann@desk", brokenBy: expect.any(String) },
		});
		expect(journal().at(-1)).toMatchObject({
			what: "unlock",
			outcome: "done",
			note: expect.stringContaining("ann@desk"),
		});
		await expect(lock.release(holder.id, undefined)).rejects.toThrow("was broken by");
		expect((await run("plan storage")).code).toBe(0);
	});

	test.for([1, 2, 3, 4, 5])("of many at the same moment one gets the lock (%i)", async () => {
		const site = `race-${++sites}`;
		const access = async () => ({ address: server.address, token: server.rootToken });
		const takes = Array.from({ length: 12 }, () =>
			new VaultLock(access, { mount: "secret", site, stack: "storage" }).take(
				newHolder({ site, stack: "storage" }, "apply"),
			),
		);
		const results = await Promise.allSettled(takes);
		expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
		for (const result of results)
			if (result.status === "rejected") expect(result.reason).toBeInstanceOf(StateLocked);
	});

	test("an entry that was deleted is free, and one that is not ours is not", async () => {
		const site = `deleted-${++sites}`;
		const access = async () => ({ address: server.address, token: server.rootToken });
		const lock = new VaultLock(access, { mount: "secret", site, stack: "storage" });
		const holder = newHolder({ site, stack: "storage" }, "apply");
		await lock.take(holder);
		await server.must("DELETE", `secret/data/locks/${site}/storage`);
		await lock.take(holder);
		await lock.release(holder.id, undefined);
		await server.must("POST", `secret/data/locks/${site}/storage`, { data: { lock: "mine" } });
		await expect(lock.take(holder)).rejects.toThrow("holds something that is no lock of infra");
	});
});
