import { execFile } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";
import { findProgram } from "../../../lab/find-program.ts";
import { missingPrograms } from "../../../lab/needed-programs.ts";
import type { Verdict } from "../../../lab/verdict.ts";
import { slow } from "../harness/needs.ts";
import { needsPrograms } from "../harness/programs.ts";

/** The stacks by OpenTofu: it plans and applies them as Terraform does, and its second plans are empty. */
const ready = needsPrograms("tofu", ...missingPrograms());
// Where cdktf.out is: documents name charts and states relative to that.
const folder = mkdtempSync(join(projectRoot, ".tofu-"));
/** The lab is anywhere. */
const elsewhere = mkdtempSync(join(tmpdir(), "infra-tofu-"));
const command = join(projectRoot, "cli/bin/infra.js");
const env = {
	...process.env,
	INFRA_LAB: join(elsewhere, "lab"),
	CDKTF_OUTDIR: folder,
	NO_COLOR: "1",
	TERRAFORM_BINARY_NAME: findProgram("tofu"),
	TF_CLI_CONFIG_FILE: join(folder, "tofu.rc"),
};

afterAll(async () => {
	if (ready) await infra("down");
	for (const path of [folder, elsewhere]) rmSync(path, { recursive: true, force: true });
}, 120_000);

async function infra(...args: string[]): Promise<string> {
	const run = promisify(execFile)(command, ["lab", ...args], { env, maxBuffer: 16 * 1024 ** 2 });
	return run.then(
		({ stdout, stderr }) => stdout + stderr,
		({ stdout, stderr }) => stdout + stderr,
	);
}

/**
 * OpenTofu looks for providers under the name of its own registry, and does not follow a link of a whole tree: those that
 * Terraform finds in the home folder are linked one by one.
 */
function mirrorProviders(): void {
	const plugins = join(homedir(), ".terraform.d/plugins/registry.terraform.io");
	const host = "registry.opentofu.org";
	const mirror = join(folder, "mirror");
	const found = globSync("*/*/*/*", { cwd: plugins });
	for (const provider of found) {
		const link = join(mirror, host, provider);
		mkdirSync(join(link, ".."), { recursive: true });
		symlinkSync(join(plugins, provider), link);
	}
	const names = found.map((provider) => `${host}/${provider.split("/").slice(0, 2).join("/")}`);
	// A registry that does not answer is an error, also for what the mirror has.
	const settings = [
		...(found.length > 0 ? [`filesystem_mirror { path = ${JSON.stringify(mirror)} }`] : []),
		`direct { exclude = ${JSON.stringify(names)} }`,
	];
	writeFileSync(env.TF_CLI_CONFIG_FILE, `provider_installation {\n${settings.join("\n")}\n}\n`);
}

/** Claims of `infra lab verify`, and those that do not hold. */
async function verdicts(): Promise<{ claims: string[]; problems: Verdict[] }> {
	const all: Verdict[] = JSON.parse(await infra("verify", "--json"));
	return { claims: all.map(({ claim }) => claim), problems: all.filter(({ problem }) => problem !== "") };
}

const empty = (stack: string) => `a second plan of ${stack} is empty`;
const stacks = ["storage", "vault", "platform", "redis", "mailserver", "woodpecker"];
let installed = false;

describe("OpenTofu", () => {
	test("applies what needs no other stack, and then has nothing to change", async ({ skip }) => {
		mirrorProviders();
		expect(await infra("up", "--with", "none")).toContain("the lab runs");
		const applied = await infra("apply", "storage", "vault");
		skip(
			/cannot be installed/.test(applied),
			"tofu init cannot install the providers: its registry, or the plugin folder of Terraform, enables it",
		);
		installed = true;
		expect(applied).toContain("vault  applied");
		const { claims, problems } = await verdicts();
		expect(problems).toEqual([]);
		expect(claims).toEqual(expect.arrayContaining(["storage", "vault"].map(empty)));
		const state = readFileSync(join(env.INFRA_LAB, "state/storage/terraform.tfstate"), "utf8");
		expect(JSON.parse(state).resources[0].provider).toContain("registry.opentofu.org");
	}, 600_000);

	test("applies all stacks, those whose state is in PostgreSQL as well", async ({ skip }) => {
		slow(skip);
		skip(!installed, "needs the providers");
		expect(await infra("apply")).toContain("woodpecker  applied");
		const { claims, problems } = await verdicts();
		expect(problems).toEqual([]);
		expect(claims).toEqual(expect.arrayContaining(stacks.map(empty)));
	}, 1_200_000);
});
