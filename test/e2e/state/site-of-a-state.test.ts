import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findProgram } from "../../../lab/find-program.ts";
import { freePort } from "../../../lab/free-port.ts";
import { type LabProcess, startProcess, stopProcesses } from "../../../lab/lab-process.ts";
import { askPostgres, preparePostgres, superuser } from "../../../lab/postgres-server.ts";
import { infra } from "../../cli/infra-process.ts";
import { waitFor } from "../harness/wait-for.ts";

const folder = mkdtempSync(join(tmpdir(), "infra-state-"));
const password = "made-up-for-a-test";
const processes: LabProcess[] = [];
let port = 0;

beforeAll(async () => {
	if (findProgram("initdb") === undefined) return;
	port = await freePort();
	const server = join(folder, "postgres");
	mkdirSync(server, { mode: 0o700 });
	const program = await preparePostgres(server, port, password);
	processes.push(startProcess(program, join(folder, "postgres.log"), folder));
	const ask = () => askPostgres({ port, user: superuser, password }, "select 1").catch(() => "");
	await waitFor("PostgreSQL answers", async () => (await ask()) === "1", { within: 30_000 });
});
afterAll(async () => {
	await stopProcesses(processes);
	rmSync(folder, { recursive: true, force: true });
});

function run(args: string, site: string, input: string) {
	const host = "127.0.0.1";
	const state = { kind: "postgres", host, port, database: "postgres", user: superuser, sslMode: "disable" };
	return infra(args.split(" "), {
		program: "test/cli/fake-infra.ts",
		env: {
			CDKTF_OUTDIR: join(folder, `out.${site}`),
			FAKE_SITE: site,
			FAKE_STATE: JSON.stringify(state),
			FAKE_WORLD: JSON.stringify({ redis: { a: { input } } }),
			PGPASSWORD: password,
		},
	});
}

test("a state in PostgreSQL is not touched by another site", async ({ skip }) => {
	skip(processes.length === 0, "initdb is not on this machine: apt-get install postgresql");
	expect(await run("deploy redis --yes", "mine", "1")).toMatchObject({ code: 0, stderr: "" });
	for (const command of ["plan redis", "deploy redis --yes", "destroy redis --confirm redis"])
		expect(await run(command, "other", "2")).toEqual({
			code: 1,
			stdout: "",
			stderr:
				"error: stack redis: its state belongs to site mine, and this is site other\n" +
				"  help: give site other a state of its own: state.tier1 of its configuration\n",
		});
	expect((await run("plan redis --detailed-exitcode", "mine", "1")).code).toBe(0);
	expect((await run("destroy redis --confirm redis", "mine", "1")).code).toBe(0);
	expect((await run("deploy redis --yes", "other", "2")).code).toBe(0);
	const { stdout } = await run("state history redis --json", "other", "2");
	expect(JSON.parse(stdout)).toMatchObject([
		{ site: "mine", what: "apply", outcome: "done", serial: expect.any(Number), digest: expect.any(String) },
		{ site: "mine", what: "apply", outcome: "done", serial: expect.any(Number) },
		{ site: "other", what: "apply", outcome: "done", serial: expect.any(Number) },
	]);
	expect((await run("state rollback redis 1", "other", "2")).stderr).toContain(
		"stack redis: no version with serial 1 is kept",
	);
}, 120_000);
