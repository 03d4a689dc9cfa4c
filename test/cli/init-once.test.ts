import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { terraformTool } from "../../engine/binary.ts";
import { probe } from "../../engine/probe.ts";
import { infra } from "./infra-process.ts";

const terraform = await probe(terraformTool);

/** A project whose Terraform writes down what it is asked for. */
function fakeProject() {
	const folder = mkdtempSync(join(tmpdir(), "infra-inits-"));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	const asked = join(folder, "asked");
	const program = join(folder, "terraform");
	const wrap = (before = "") =>
		writeFileSync(program, `#!/bin/sh\necho "$1" >> ${asked}\n${before}\nexec ${terraform.command} "$@"\n`, {
			mode: 0o755,
		});
	wrap();
	const plan = async (value: string, more: NodeJS.ProcessEnv = {}) => {
		writeFileSync(asked, "");
		const { code, stderr } = await infra(["plan"], {
			program: "test/cli/fake-infra.ts",
			env: {
				CDKTF_OUTDIR: join(folder, "out"),
				FAKE_WORLD: JSON.stringify({ storage: { a: { input: value } } }),
				TERRAFORM_BINARY_NAME: program,
				...more,
			},
		});
		const commands = readFileSync(asked, "utf8").trim().split("\n");
		return { code, stderr, commands: commands.filter((command) => command !== "version").join(" ") };
	};
	return { folder, wrap, plan };
}

describe("the real Terraform", () => {
	beforeEach(({ skip }) => {
		if (terraform.state !== "ok")
			skip(`needs Terraform or OpenTofu ${terraformTool.needed}; infra doctor says what was found`);
	});

	test("initialises a stack once, and again for another backend", async () => {
		const { folder, plan } = fakeProject();
		expect(await plan("1")).toEqual({ code: 0, stderr: "", commands: "init plan show" });
		expect(await plan("2")).toEqual({ code: 0, stderr: "", commands: "plan show" });
		const FAKE_STATE = JSON.stringify({ kind: "local", directory: join(folder, "elsewhere") });
		expect((await plan("2", { FAKE_STATE })).commands).toBe("init plan show");
		expect((await plan("2")).commands).toBe("init plan show");
	});

	test("is initialised when it asks for it", async () => {
		const { folder, plan } = fakeProject();
		await plan("1");
		rmSync(join(folder, "out/data/storage/terraform.tfstate"));
		expect(await plan("1")).toEqual({ code: 0, stderr: "", commands: "plan init plan show" });
	});

	test("is initialised again after an init that was killed, with the command", async () => {
		const { wrap, plan } = fakeProject();
		wrap('if [ "$1" = init ]; then kill -9 "$PPID" $$; fi');
		expect((await plan("1")).code).toBe(null);
		wrap();
		expect(await plan("1")).toEqual({ code: 0, stderr: "", commands: "init plan show" });
	});
});
