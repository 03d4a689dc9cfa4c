import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { infra } from "../../cli/infra-process.ts";
import { noDatabase, startStateDatabase } from "./state-database.ts";

const folder = mkdtempSync(join(tmpdir(), "infra-state-"));
let database: Awaited<ReturnType<typeof startStateDatabase>>;

beforeAll(async () => {
	if (noDatabase === "") database = await startStateDatabase();
});
afterAll(async () => {
	await database?.stop();
	rmSync(folder, { recursive: true, force: true });
});

function run(args: string, site: string, input: string) {
	return infra(args.split(" "), {
		program: "test/cli/fake-infra.ts",
		env: {
			CDKTF_OUTDIR: join(folder, `out.${site}`),
			FAKE_SITE: site,
			FAKE_STATE: JSON.stringify(database.backend),
			FAKE_WORLD: JSON.stringify({ redis: { a: { input } } }),
			PGPASSWORD: database.password,
		},
	});
}

test("a state in PostgreSQL is not touched by another site", async ({ skip }) => {
	skip(noDatabase !== "", noDatabase);
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
}, 300_000);
