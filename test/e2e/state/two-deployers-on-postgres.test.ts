import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { terraformTool } from "../../../engine/binary.ts";
import { probe } from "../../../engine/probe.ts";
import { findProgram } from "../../../lab/find-program.ts";
import { superuser } from "../../../lab/postgres-server.ts";
import { infra, type ProcessResult, type StartOptions } from "../../cli/infra-process.ts";
import { PostgresServer } from "../harness/postgres-server.ts";
import { killBelow } from "../harness/processes-below.ts";
import { waitFor } from "../harness/wait-for.ts";
import { slowObject } from "./slow-object.ts";

const folder = mkdtempSync(join(tmpdir(), "infra-deployers-"));
const password = "made-up-for-a-test";
const able = findProgram("initdb") !== undefined && (await probe(terraformTool)).state === "ok";
let postgres: PostgresServer;

beforeEach(({ skip }) => skip(!able, "apt-get install postgresql, and Terraform or OpenTofu, enable it"));
beforeAll(async () => {
	if (!able) return;
	mkdirSync(join(folder, "postgres"), { mode: 0o700 });
	postgres = await PostgresServer.start(join(folder, "postgres"), password);
});
afterAll(async () => {
	await postgres?.stop();
	rmSync(folder, { recursive: true, force: true });
});

/** Who deploys, from a checkout of their own. */
function deployer(name: string, stack: string) {
	const state = {
		kind: "postgres",
		host: "127.0.0.1",
		port: postgres.port,
		database: "postgres",
		user: superuser,
		sslMode: "disable",
	};
	return (args: string, objects: object, onOutput?: StartOptions["onOutput"]): Promise<ProcessResult> =>
		infra(args.split(" "), {
			program: "test/cli/fake-infra.ts",
			env: {
				CDKTF_OUTDIR: join(folder, `out.${stack}.${name}`),
				XDG_STATE_HOME: join(folder, `home.${stack}.${name}`),
				FAKE_SITE: "mine",
				FAKE_STATE: JSON.stringify(state),
				FAKE_WORLD: JSON.stringify({ [stack]: objects }),
				INFRA_TEST_GO: join(folder, `go.${stack}`),
				PGPASSWORD: password,
			},
			...(onOutput && { onOutput }),
		});
}

const slow = slowObject("slow");
const quick = { input: "quick" };

const resourcesOf = async (stack: string) => {
	const [schema] = (
		await postgres.ask(
			superuser,
			password,
			`select table_schema from information_schema.tables where table_name = 'states' and table_schema like '%${stack}%'`,
		)
	).split("\n");
	const text = await postgres.ask(superuser, password, `select data from "${schema}".states`);
	return (JSON.parse(text) as { resources: { name: string }[] }).resources.map(({ name }) => name).sort();
};

describe("two deployers at once", { timeout: 600_000 }, () => {
	test("one works, the other is told who does, and later sees what was done", async () => {
		const [ann, ben] = [deployer("ann", "redis"), deployer("ben", "redis")];
		expect((await ann("deploy redis --yes", { quick })).code).toBe(0);
		let begun = false;
		const first = ann("deploy redis --yes", { quick, slow }, (stdout) => {
			begun ||= stdout.includes("… create  redis/slow");
		});
		await waitFor("the first one has begun", async () => begun, { within: 240_000 });
		const second = await ben("deploy redis --yes", { quick, other: quick });
		expect([second.code, second.stdout]).toEqual([1, ""]);
		expect(second.stderr).toMatch(
			/^error: stack redis of site mine: its state is locked by \S+@\S+ since \S+, for apply.*\n {2}help: wait until it has ended/,
		);
		expect(second.stderr).not.toMatch(new RegExp(`-lock=false|force-unlock|${password}`));
		writeFileSync(join(folder, "go.redis"), "");
		expect(await first).toMatchObject({ code: 0, stderr: "" });
		expect(await resourcesOf("redis")).toEqual(["quick", "slow"]);
		expect((await ben("plan redis --detailed-exitcode", { quick, slow })).code).toBe(0);
	});

	test("both begin at the same moment: one or both in turn, and the state has what was done", async () => {
		const [ann, ben] = [deployer("ann", "mailserver"), deployer("ben", "mailserver")];
		const results = await Promise.all([
			ann("deploy mailserver --yes", { quick }),
			ben("deploy mailserver --yes", { quick }),
		]);
		const done = results.filter(({ code }) => code === 0);
		expect(done.length).toBeGreaterThan(0);
		for (const { code, stderr } of results) if (code !== 0) expect(stderr).toMatch(/lock|has changed|stale/i);
		expect(await resourcesOf("mailserver")).toEqual(["quick"]);
		expect((await ben("plan mailserver --detailed-exitcode", { quick })).code).toBe(0);
	});

	test("one is killed with its Terraform: the next frees its lock, and goes on from what it has written", async () => {
		const [ann, ben] = [deployer("ann", "woodpecker"), deployer("ben", "woodpecker")];
		const killed = await ann("deploy woodpecker --yes", { quick, slow }, (stdout, child) => {
			if (!stdout.includes("… create  woodpecker/slow")) return;
			child.kill("SIGKILL");
			killBelow(join(folder, "out.woodpecker.ann"));
		});
		expect(killed.code).toBe(null);
		writeFileSync(join(folder, "go.woodpecker"), "");
		const locked = await ben("deploy woodpecker --yes", { quick, slow });
		const [, holder = ""] =
			/has ended without freeing it\n.* infra state unlock woodpecker --holder (\S+)/.exec(locked.stderr) ??
			[];
		const other = await ben("state unlock woodpecker --holder ben@desk", { quick, slow });
		expect([other.code, other.stderr]).toEqual([1, expect.stringContaining(", not by ben@desk")]);
		expect((await ben(`state unlock woodpecker --holder ${holder}`, { quick, slow })).code).toBe(0);
		expect(await ben("deploy woodpecker --yes", { quick, slow })).toMatchObject({ code: 0 });
		expect(await resourcesOf("woodpecker")).toEqual(["quick", "slow"]);
		const history = await ben("state history woodpecker", { quick, slow });
		expect(history.stdout).toMatch(/unlock +done/);
		expect(history.stdout).toMatch(/apply +done/);
	});

	test("one is killed, and its Terraform works on: freeing its lock names the session that is left", async () => {
		const [ann, ben] = [deployer("ann", "platform"), deployer("ben", "platform")];
		expect((await ann("deploy platform --yes", { quick })).code).toBe(0);
		await ann("deploy platform --yes", { quick, slow }, (stdout, child) => {
			if (stdout.includes("… create  platform/slow")) child.kill("SIGKILL");
		});
		const { stdout: shown } = await ben("state show platform", { quick, slow });
		const [, holder = ""] = /locked by (\S+@\S+) since/.exec(shown) ?? [];
		const freed = await ben(`state unlock platform --holder ${holder}`, { quick, slow });
		const [, session = ""] =
			/; (session-\d+) still holds it, since \S+: infra state unlock platform --holder session-\d+\n/.exec(
				freed.stdout,
			) ?? [];
		const refused = await ben("deploy platform --yes", { quick, slow });
		expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("infra state show platform")]);
		expect((await ben("state show platform", { quick, slow })).stdout).toContain(
			`locked by ${session} since`,
		);
		writeFileSync(join(folder, "go.platform"), "");
		await waitFor(
			"its Terraform has ended",
			async () => !(await ben("state show platform", { quick, slow })).stdout.includes("locked by"),
			{ within: 240_000, every: 500 },
		);
		expect(await ben("deploy platform --yes", { quick, slow })).toMatchObject({ code: 0 });
		expect(await resourcesOf("platform")).toEqual(["quick", "slow"]);
	});
});
