import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { terraformTool } from "../../engine/binary.ts";
import { probe } from "../../engine/probe.ts";
import { reviewDocument } from "../../review/report/document.ts";
import { infra } from "./infra-process.ts";

const terraform = await probe(terraformTool);

function fakeProject() {
	const folder = mkdtempSync(join(tmpdir(), "infra-review-"));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	const out = join(folder, "report", "of-this-change");
	const run = (args: string[], world: object, blocks: object = {}) =>
		infra(args, {
			program: "test/cli/fake-infra.ts",
			env: {
				CDKTF_OUTDIR: join(folder, "out"),
				FAKE_WORLD: JSON.stringify(world),
				FAKE_BLOCKS: JSON.stringify(blocks),
				FAKE_REVISION: revision,
			},
		});
	return { run, out };
}

const revision = `${"0123456789".repeat(4)}-dirty`;
const read = (folder: string, name: string) => readFileSync(join(folder, name), "utf8");

describe("a review of real plans", () => {
	beforeEach(({ skip }) => {
		if (terraform.state !== "ok")
			skip(`needs Terraform or OpenTofu ${terraformTool.needed}; infra doctor says what was found`);
	});

	test("says what several stacks do, in every form, and that a loss must be accepted", async () => {
		const { run, out } = fakeProject();
		const secret = "correct-horse-battery";
		const kept = { kept: { input: `\${sensitive("${secret}")}` } };
		await run(["deploy", "--yes"], { storage: { gone: { input: "1" } }, vault: kept });
		const removed = { removed: [{ from: "terraform_data.gone", lifecycle: { destroy: false } }] };
		const next = { storage: { made: { input: "1" } }, vault: kept, platform: { new: { input: "```@all" } } };
		const { code, stdout } = await run(["review", "--out", out], next, { storage: removed });
		expect(code).toBe(2);
		expect(stdout).toContain("      ! data-lost: is left alone");
		expect(stdout).toContain("danger: 2 to create, 1 to forget, 1 output to change in 3 stacks; 1 data-lost");
		expect(readdirSync(out).toSorted()).toEqual([
			"review.html",
			"review.json",
			"review.junit.xml",
			"review.md",
			"review.sarif",
			"review.schema.json",
		]);
		const document = reviewDocument.parse(JSON.parse(read(out, "review.json")));
		expect(document).toMatchObject({ site: "lab", verdict: "danger", revision });
		expect(document.stacks.map(({ stack, verdict }) => [stack, verdict])).toEqual([
			["storage", "danger"],
			["vault", "unchanged"],
			["platform", "routine"],
		]);
		expect(read(out, "review.md")).toContain("1 must be accepted");
		expect(JSON.parse(read(out, "review.sarif")).runs[0].results).toHaveLength(2);
		for (const name of readdirSync(out)) expect(read(out, name)).not.toContain(secret);
	});

	test("of changes without a finding says that they are routine, and ends well", async () => {
		const { run, out } = fakeProject();
		const world = { storage: { a: { input: "1" } } };
		const { code, stdout } = await run(["review", "storage", "--summary"], world);
		expect({ code, last: stdout.trim().split("\n").slice(-2) }).toEqual({
			code: 0,
			last: [
				"routine: 1 to create, 1 output to change in 1 stack",
				"routine is the shape of the plans, no verdict of safety",
			],
		});
		expect(existsSync(out)).toBe(false);
	});

	test("goes on where one stack cannot be planned, and says so in every form", async () => {
		const { run, out } = fakeProject();
		const held = { gone: { input: "1", triggers_replace: "1", lifecycle: { prevent_destroy: true } } };
		await run(["deploy", "--yes"], { storage: held });
		const next = { storage: { gone: { ...held.gone, triggers_replace: "2" } }, vault: { a: { input: "1" } } };
		const { code, stdout, stderr } = await run(["review", "--out", out], next);
		expect(code).toBe(1);
		expect(stdout).toContain(
			"storage  not planned\n  ! plan-failed  terraform_data.gone  storage/gone  Instance cannot",
		);
		expect(stderr).toContain("its construct forbids to destroy it");
		const { stacks } = reviewDocument.parse(JSON.parse(read(out, "review.json")));
		expect(stacks.map(({ stack, verdict }) => [stack, verdict])).toEqual([
			["storage", "failure"],
			["vault", "routine"],
		]);
		expect(stacks[0]?.findings).toMatchObject([
			{
				class: "plan-failed",
				address: "terraform_data.gone",
				path: "storage/gone",
				message: expect.stringContaining("Instance cannot be destroyed"),
				remedy: expect.stringContaining("prevent_destroy"),
			},
		]);
		expect(read(out, "review.junit.xml")).toContain('<testcase classname="storage" name="plan-failed">');
	});

	test("writes nothing where a file cannot be written", async () => {
		const { run, out } = fakeProject();
		const world = { storage: { a: { input: "1" } } };
		await run(["review", "--out", out], world);
		const { mtimeMs } = statSync(join(out, "review.json"));
		const { code, stderr } = await run(["review", "--out", join(out, "review.json", "below")], world);
		expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("ENOTDIR") });
		expect(statSync(join(out, "review.json")).mtimeMs).toBe(mtimeMs);
	});
});
