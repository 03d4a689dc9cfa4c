import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { shellWord } from "../../clients/host/shell-word.ts";
import { terraformTool } from "../../engine/binary.ts";
import { probe } from "../../engine/probe.ts";
import { infra } from "./infra-process.ts";

const terraform = await probe(terraformTool);
const program = "test/cli/fake-infra.ts";

function fakeProject() {
	const folder = mkdtempSync(join(tmpdir(), "infra-plan-"));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	const environment = (resources: object, blocks: object) => ({
		CDKTF_OUTDIR: join(folder, "out"),
		FAKE_WORLD: JSON.stringify({ storage: resources }),
		FAKE_BLOCKS: JSON.stringify({ storage: blocks }),
	});
	const run = (args: string, resources: object, blocks: object = {}) =>
		infra(args.split(" "), { program, env: environment(resources, blocks) });
	return { run, environment };
}

const script = "#!/bin/sh\nset -eu\necho one\necho two\n";

describe("a plan of the real Terraform", () => {
	beforeEach(({ skip }) => {
		if (terraform.state !== "ok")
			skip(`needs Terraform or OpenTofu ${terraformTool.needed}; infra doctor says what was found`);
	});

	test("shows every object, and its arguments before and after", async () => {
		const { run } = fakeProject();
		const values = { input: { size: 1, note: "same", run: script }, triggers_replace: "1" };
		await run("deploy --yes", { a: values, gone: { input: "1" } });
		const next = { size: 2, note: "same", run: script.replace("two", "2") };
		const { stdout } = await run("plan", { a: { ...values, input: next }, b: { input: ["x", "y"] } });
		expect(stdout).toBe(`storage  1 to create, 1 to update, 1 to destroy
  + create   terraform_data.b     storage/b
      input[0]: "x"
      input[1]: "y"
      known after apply: id, output
  ~ update   terraform_data.a     storage/a
      input.run:
        @@ -2,3 +2,3 @@
         set -eu
         echo one
        -echo two
        +echo 2
      input.size: 1 → 2
      output: {"note":"same","run":"#!/bin/sh\\nset -eu\\necho one\\necho two\\n","size":1} → (known after apply)
  - destroy  terraform_data.gone  (no longer declared)
`);
		expect((await run("plan --summary", { a: values })).stdout).toBe(
			"storage  1 to destroy\n  - destroy  terraform_data.gone  (no longer declared)\n",
		);
	});

	test("tells no value that is sensitive, to people or machines", async () => {
		const { run } = fakeProject();
		const secret = (value: string) => ({ a: { input: `\${{ pass = sensitive("${value}"), user = "u" }}` } });
		const assert = { condition: '${terraform_data.a.id == "no"}', error_message: "it is hidden-after" };
		const check = { check: { a: { assert } } };
		await run("deploy --yes", secret("hidden-before"));
		for (const format of ["plan", "plan --json", "deploy --yes"]) {
			const { stdout } = await run(format, secret("hidden-after"), check);
			expect(stdout).toContain("input.pass");
			expect(stdout).toContain("Check block assertion failed");
			expect(stdout).not.toContain("hidden");
		}
	});

	test("gives machines the same arguments", async () => {
		const { run } = fakeProject();
		await run("deploy --yes", { a: { input: "1" } });
		const { stdout } = await run("plan --json", { a: { input: "2" } });
		const { stacks } = JSON.parse(stdout);
		expect(stacks[0].changes).toEqual([
			{
				action: "update",
				address: "terraform_data.a",
				type: "terraform_data",
				path: "storage/a",
				because: [],
				arguments: [
					{ path: "input", before: { value: "1" }, after: { value: "2" } },
					{ path: "output", before: { value: "1" }, after: { withheld: "unknown" } },
				],
			},
		]);
	});

	test("shows an import that also changes, what moves, and what is forgotten, which must be named", async () => {
		const { run } = fakeProject();
		await run("deploy --yes", { old: { input: "1" }, dropped: { input: "1" } });
		const blocks = {
			import: [{ to: "terraform_data.adopted", id: "an-id" }],
			moved: [{ from: "terraform_data.old", to: "terraform_data.new" }],
			removed: [{ from: "terraform_data.dropped", lifecycle: { destroy: false } }],
		};
		const world = { adopted: { input: "2" }, new: { input: "1" } };
		const { code, stdout, stderr } = await run("deploy --yes", world, blocks);
		expect({ code, stdout }).toEqual({
			code: 1,
			stdout: `storage  1 to move, 1 to import, then change, 1 to forget
  ! provider-warns  Some objects will no longer be managed by Terraform: If you apply this plan, Terraform will discard its tracking information for the following objects, but it will not delete them: - terraform_data.dropped
  notice  state-changes
  > move     terraform_data.new      storage/new  moved from terraform_data.old
      ! state-changes: was terraform_data.old
  ~ import, then change  terraform_data.adopted  storage/adopted
      ! state-changes: is taken into the state, and changed to what the code says
      input: "2"
      known after apply: output
  danger  data-lost
  . forget   terraform_data.dropped  (no longer declared)
      ! data-lost: is left alone: the object stays, and Terraform no longer knows of it
`,
		});
		expect(stderr).toContain(
			"forget terraform_data.dropped  (no longer declared): the object stays, and Terraform no longer knows of it",
		);
		const named = "deploy --yes --summary --confirm-destroy terraform_data.dropped";
		expect((await run(named, world, blocks)).code).toBe(0);
	});

	test("does not let a value or a key steer the terminal", async () => {
		const { run } = fakeProject();
		const { stdout } = await run("plan --verbose", { a: { input: { "\u001b[2Jkey": "one\n\u001b[2Jtwo" } } });
		expect(stdout).not.toContain("\u001b");
		expect(stdout).toContain('input["\\u001b[2Jkey"]:\n        +one\n        +\\u{1b}[2Jtwo\n');
	});

	test("has colours on a terminal that wants them, and nowhere else", async () => {
		const { run, environment } = fakeProject();
		// Node.js takes a terminal of a CI server for one without colours.
		const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...plain } = process.env;
		const env = { ...plain, TERM: "xterm", ...environment({ a: { input: "1" } }, {}) };
		const command = `${[process.execPath, program].map(shellWord).join(" ")} plan`;
		const onTerminal = (more: NodeJS.ProcessEnv) =>
			spawnSync("script", ["-qec", command, "/dev/null"], { env: { ...env, ...more }, encoding: "utf8" })
				.stdout;
		expect(onTerminal({})).toContain("\u001b[32m+ create");
		expect(onTerminal({ NO_COLOR: "1" })).not.toContain("\u001b");
		expect(spawnSync("sh", ["-c", command], { env, encoding: "utf8" }).stdout).not.toContain("\u001b");
		expect((await run("plan", { a: { input: "1" } })).stdout).not.toContain("\u001b");
	});
});
