import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newAgeKey } from "../../../lab/age-key.ts";
import { infra, type ProcessResult, type StartOptions } from "../../cli/infra-process.ts";
import { filesBelow } from "../harness/files-with.ts";
import { waitFor } from "../harness/wait-for.ts";
import { missing } from "./encrypted-project.ts";
import { slowObject } from "./slow-object.ts";
import { noDatabase, startStateDatabase } from "./state-database.ts";

const folder = mkdtempSync(join(tmpdir(), "infra-lost-database-"));
const memory = mkdtempSync("/dev/shm/infra-test-");
const { recipient, identity } = newAgeKey();
const able = missing === "" && noDatabase === "";
let database: Awaited<ReturnType<typeof startStateDatabase>>;

beforeEach(({ skip }) => skip(!able, missing || noDatabase));
beforeAll(async () => {
	writeFileSync(join(folder, "keys.txt"), identity);
	if (able) database = await startStateDatabase();
});
afterAll(async () => {
	await database?.stop();
	for (const path of [folder, memory]) rmSync(path, { recursive: true, force: true });
});

/** Who deploys from a checkout of their own, on a site that keeps states of tier 0 encrypted. */
function deployer(name: string, stack: string) {
	const own = (what: string) => join(folder, `${what}.${stack}.${name}`);
	const tier0 = { kind: "encrypted", directory: own("state"), recipients: [recipient] };
	return (args: string, objects: object, onOutput?: StartOptions["onOutput"]): Promise<ProcessResult> =>
		infra(args.split(" "), {
			program: "test/cli/fake-infra.ts",
			env: {
				CDKTF_OUTDIR: own("out"),
				XDG_STATE_HOME: own("home"),
				FAKE_SITE: "mine",
				FAKE_STATE: JSON.stringify(tier0),
				FAKE_DATABASE: JSON.stringify(database.backend),
				FAKE_TIER_1: stack,
				FAKE_WORLD: JSON.stringify({ [stack]: objects }),
				INFRA_MEMORY: memory,
				INFRA_TEST_GO: join(folder, `go.${stack}`),
				PGPASSWORD: database.password,
				SOPS_AGE_KEY_FILE: join(folder, "keys.txt"),
			},
			...(onOutput && { onOutput }),
		});
}

const slow = slowObject("slow");
const quick = { input: "quick" };

const go = (stack: string) => writeFileSync(join(folder, `go.${stack}`), "");

const resourcesOf = async (stack: string) => {
	const text = await database.ask(`select data from "${stack}".states`);
	return (JSON.parse(text) as { resources: { name: string }[] }).resources.map(({ name }) => name).sort();
};

/** Starts a slow apply. @returns its result, once it has begun */
async function begun(deploy: ReturnType<typeof deployer>, stack: string) {
	let isSlow = false;
	const result = deploy(`deploy ${stack} --yes`, { quick, slow }, (stdout) => {
		isSlow ||= stdout.includes(`… create  ${stack}/slow`);
	});
	const ended = result.then(({ stdout, stderr }) => {
		if (!isSlow) throw new Error(`it ended before it was midway: ${stdout}${stderr}`);
	});
	await Promise.race([ended, waitFor("the apply is midway", async () => isSlow, { within: 240_000 })]);
	return { result };
}

describe("the database of the state goes away in the middle of an apply", { timeout: 900_000 }, () => {
	test("its lock stays, and nothing of what was done is lost", async () => {
		const [ann, ben, cat, dan] = [
			deployer("ann", "redis"),
			deployer("ben", "redis"),
			deployer("cat", "woodpecker"),
			deployer("dan", "woodpecker"),
		];
		// While a first state is made, Terraform keeps every other stack from having its first one.
		expect((await ann("deploy redis --yes", { quick })).code).toBe(0);
		const through = await begun(ann, "redis");
		const away = await begun(cat, "woodpecker");
		await database.kill();
		const journal = join(folder, "state.woodpecker.cat/woodpecker/journal.jsonl");
		go("woodpecker");
		await waitFor(
			"the other apply has failed",
			async () => readFileSync(journal, "utf8").includes("failed"),
			{
				within: 120_000,
			},
		);
		await database.startAgain();
		const locks = "select count(*) from pg_locks where locktype = 'advisory'";
		expect(await database.ask(locks)).toBe("0");

		for (const args of ["plan redis", "deploy redis --yes"]) {
			const second = await ben(args, { quick, other: quick });
			expect([second.code, second.stdout]).toEqual([1, ""]);
			expect(second.stderr).toMatch(
				/^error: stack redis of site mine: its state is locked by \S+@\S+ since \S+, for apply(, at commit \w+)?\n {2}help: wait until it has ended; if it is gone for certain: infra state unlock redis --holder \S+@/,
			);
		}
		const shown = await ben("state show redis", { quick });
		expect(shown.stdout).toMatch(/locked by \S+@\S+ since \S+, for apply/);
		go("redis");
		expect(await through.result).toMatchObject({ code: 0 });
		expect(await resourcesOf("redis")).toEqual(["quick", "slow"]);
		expect(await ben("plan redis --detailed-exitcode", { quick, slow })).toMatchObject({ code: 0 });

		const lost = await away.result;
		expect([lost.code, lost.stderr]).toEqual([
			1,
			expect.stringMatching(
				/the database did not take its newest state; it is kept in (\S+), encrypted\n {2}help: the lock of the state stays until then: once the database answers, run the command again here/,
			),
		]);
		const [, kept = ""] = /kept in (\S+), encrypted/.exec(lost.stderr) ?? [];
		expect(readFileSync(kept, "utf8")).toContain("ENC[");
		expect(filesBelow(memory)).toEqual([]);
		const other = await dan("plan woodpecker", { quick, slow });
		expect([other.code, other.stderr]).toEqual([
			1,
			expect.stringMatching(/^error: stack woodpecker of site mine: its state is locked by .* for apply/),
		]);
		const next = await cat("plan woodpecker --detailed-exitcode", { quick, slow });
		expect(next).toMatchObject({ code: 0, stderr: expect.stringContaining("was taken over, serial") });
		expect([existsSync(kept), await resourcesOf("woodpecker")]).toEqual([false, ["quick", "slow"]]);
		expect((await cat("state history woodpecker", { quick, slow })).stdout).toMatch(/ recovery +done +\d/);
	});
});
