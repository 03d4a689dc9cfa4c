import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { terraformTool } from "../../engine/binary.ts";
import { probe } from "../../engine/probe.ts";
import { infra, type StartOptions } from "./infra-process.ts";

const terraform = await probe(terraformTool);

/** A folder of its own for each test, with state that lasts as long. */
function fakeProject() {
	const folder = mkdtempSync(join(tmpdir(), "infra-deploy-"));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	const run = (args: string, world: object, options: StartOptions = {}) =>
		infra(args.split(" "), {
			...options,
			program: "test/cli/fake-infra.ts",
			env: { CDKTF_OUTDIR: join(folder, "out"), FAKE_WORLD: JSON.stringify(world) },
		});
	const plans = () =>
		readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".tfplan"));
	return { folder, run, plans };
}

const shell = (command: string) => ({ provisioner: [{ "local-exec": { command } }] });
const one = { storage: { a: { input: "1" } } };
const two = { ...one, vault: { b: { input: "1" } } };

describe("on a world without providers", () => {
	beforeEach(({ skip }) => {
		if (terraform.state !== "ok")
			skip(`needs Terraform or OpenTofu ${terraformTool.needed}; infra doctor says what was found`);
	});

	test("what was deployed needs no second deploy", async () => {
		const { run } = fakeProject();
		expect((await run("plan --detailed-exitcode", two)).code).toBe(2);
		expect(await run("deploy --yes", two)).toMatchObject({ code: 0, stderr: "" });
		expect(await run("plan --detailed-exitcode", two)).toEqual({
			code: 0,
			stdout: "storage  no changes\nvault  no changes\n",
			stderr: "",
		});
	});

	test("what is never done is told by a second plan, after what was applied", async () => {
		const { folder, run } = fakeProject();
		expect(await run("deploy --yes --verify", one)).toMatchObject({
			code: 0,
			stdout: expect.stringMatching(/^storage {2}verified, a second plan has nothing to do$/m),
		});
		const file = join(folder, "there");
		const a = { input: `\${fileexists("${file}")}`, ...shell(`touch ${file}`), triggers_replace: "2" };
		const restless = { storage: { a }, vault: two.vault };
		const { code, stdout, stderr } = await run("deploy --yes --verify", restless);
		expect(code).toBe(1);
		expect(stdout).toContain("storage  applied, 1 change\n");
		expect(stdout).toContain("not attempted: vault\n");
		expect(stderr).toContain("stack storage: applied, and a second plan is not empty");
		expect((await run("deploy --yes", restless)).code).toBe(0);
	});

	test("no plan is left", async () => {
		const { run, plans } = fakeProject();
		await run("plan", two);
		expect(plans()).toEqual([]);
		await run("deploy --yes", two);
		expect(plans()).toEqual([]);
	});

	test("the first failure ends a deploy, and what was not done is told", async () => {
		const { run, plans } = fakeProject();
		const world = { storage: { a: { input: "1" }, broken: shell("exit 3") }, vault: two.vault };
		const { code, stdout, stderr } = await run("deploy --yes", world);
		expect(code).toBe(1);
		expect(stdout).toContain(
			"storage  stopped: 1 of 2 changes applied, not applied:\n  create   storage/broken\n",
		);
		expect(stdout).toContain("not attempted: vault\n");
		expect(stderr).toContain(
			"error: terraform apply failed in stack storage\n\n  storage/broken  (terraform_data.broken)\n",
		);
		expect(plans()).toEqual([]);
	});

	test("a report says of each stack what became of it, however the deploy ends", async () => {
		const { folder, run } = fakeProject();
		const file = join(folder, "report.json");
		const deploy = async (world: object, more = "") => {
			const { code } = await run(`deploy --yes --report ${file}${more}`, world);
			const { stacks } = JSON.parse(readFileSync(file, "utf8"));
			return { code, stacks: stacks.map(({ seconds: _, ...one }: { seconds: number }) => one) };
		};
		const create = (name: string) => ({ action: "create", address: `terraform_data.${name}` });
		const of = (stack: string, outcome: string, more: object = {}) => ({
			...{ stack, outcome, applied: [], notApplied: [] },
			...more,
		});
		const broken = { storage: { ...one.storage, broken: shell("exit 3") }, vault: two.vault };
		expect(await deploy(broken)).toEqual({
			code: 1,
			stacks: [
				of("storage", "failed", {
					...{ applied: [create("a")], notApplied: [create("broken")] },
					error: "terraform apply failed in stack storage",
				}),
				of("vault", "not attempted"),
			],
		});
		const { code, stacks } = await deploy({ storage: one.storage, vault: two.vault });
		expect([code, stacks[1]]).toEqual([0, of("vault", "deployed", { applied: [create("b")] })]);
		expect(await deploy(two)).toEqual({
			code: 0,
			stacks: ["storage", "vault"].map((name) => of(name, "unchanged")),
		});
	});

	test("a report that cannot be written stops a deploy before it begins", async () => {
		const { folder, run } = fakeProject();
		const { code, stderr } = await run(`deploy --yes --report ${folder}/none/report.json`, one);
		expect(code).not.toBe(0);
		expect(stderr).toContain("its folder cannot be written to (ENOENT), nothing was deployed");
		expect((await run("plan --detailed-exitcode", one)).code).toBe(2);
	});

	test("an interrupted deploy stops in order: no plan is left, and the next deploy is not locked out", async () => {
		const { run, plans } = fakeProject();
		const slow = { storage: { slow: shell("sleep 60") } };
		const { code, stdout } = await run("deploy --yes", slow, {
			// Once: a signal for every further line may meet a process that has ended, and only has to be taken away.
			onOutput: (text, child) =>
				text.includes("… create  storage/slow") && !child.killed && child.kill("SIGINT"),
		});
		expect({ code, plans: plans() }).toEqual({ code: 130, plans: [] });
		expect(stdout).toContain("not applied:\n  create   storage/slow");
		expect((await run("deploy --yes", one)).code).toBe(0);
	});

	test("a protected object cannot be destroyed, and the reason is a sentence", async () => {
		const { run } = fakeProject();
		const world = { storage: { a: { input: "1", lifecycle: { prevent_destroy: true } } } };
		await run("deploy --yes", world);
		const { code, stderr } = await run("destroy storage --confirm storage", world);
		expect({ code, stderr }).toEqual({
			code: 1,
			stderr: `error: terraform plan failed in stack storage

  storage/a  (terraform_data.a)
    Instance cannot be destroyed
    it holds data, so its construct forbids to destroy it (lifecycle.prevent_destroy)
    help: when its creation was interrupted, infra deploy takes it up; when its end is meant, lift the protection in the code and deploy that first
`,
		});
	});

	test("what holds data is kept when its creation did not end, and anything else is replaced", async () => {
		const { run } = fakeProject();
		const broken = { input: "1", ...shell("exit 3") };
		const world = { storage: { data: { ...broken, lifecycle: { prevent_destroy: true } }, other: broken } };
		await run("deploy --yes", world);
		expect((await run("plan", world)).stderr).toContain("when its creation was interrupted, infra deploy");
		const mended = {
			storage: {
				data: { input: "2", lifecycle: { prevent_destroy: true } },
				other: { input: "2" },
			},
		};
		const { code, stdout } = await run("deploy --yes --summary", mended);
		expect({ code, stdout: stdout.split("\n").slice(0, 4) }).toEqual({
			code: 0,
			stdout: [
				"  kept    storage/data: its creation did not end, so it is compared instead of replaced",
				"storage  1 to update, 1 to replace",
				"  ~ update   terraform_data.data   storage/data",
				"  ± replace  terraform_data.other  storage/other  because of a creation that did not end",
			],
		});
		expect((await run("plan --detailed-exitcode", mended)).code).toBe(0);
	});

	test("stacks come down in the reverse of the order in which they went up", async () => {
		const { run } = fakeProject();
		await run("deploy --yes", two);
		expect((await run("destroy storage --confirm storage", two)).stderr).toBe(
			"error: stack vault comes after storage and still holds 1 object\n" +
				"  help: destroy that first: infra destroy vault\n",
		);
		expect((await run("destroy vault --confirm vault", two)).code).toBe(0);
		expect((await run("destroy storage --confirm storage", two)).code).toBe(0);
	});

	test("the wrong name destroys nothing", async () => {
		const { run } = fakeProject();
		await run("deploy --yes", one);
		expect((await run("destroy storage --confirm storeage", one)).code).toBe(1);
		expect((await run("plan --detailed-exitcode", one)).code).toBe(0);
	});

	test("a stack that cannot be planned does not keep the others from it", async () => {
		const { run } = fakeProject();
		const { code, stdout, stderr } = await run("plan --json", {
			storage: { a: { bogus: 1 } },
			vault: two.vault,
		});
		expect(code).toBe(1);
		expect(JSON.parse(stdout)).toMatchObject({
			complete: false,
			stacks: [{ stack: "vault", counts: { create: 1 } }],
		});
		expect(stderr).toContain("storage/a  (terraform_data.a)\n    Extraneous JSON object property");
	});

	test("validate --terraform finds what only Terraform knows", async () => {
		const { run } = fakeProject();
		const { code, stdout } = await run("validate --terraform", { storage: { a: { bogus: 1 } } });
		expect(code).toBe(1);
		expect(stdout).toContain("terraform  storage: not valid\n  storage/a  (terraform_data.a)\n");
	});
});
