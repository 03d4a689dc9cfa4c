import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";
import { loadSite } from "../../../config/load-site.ts";
import { projectRoot } from "../../../config/project-root.ts";
import {
	pipelinesOf,
	renderInfrastructurePipeline,
} from "../../../constructs/woodpecker/infrastructure-pipelines.ts";
import { findProgram } from "../../../lab/find-program.ts";
import { needsPrograms } from "../harness/programs.ts";

needsPrograms("woodpecker-cli");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-lint-`));
const own = join(projectRoot, ".woodpecker");
afterAll(() => rmSync(folder, { recursive: true }));

const lint = async (what: string) => {
	const program = findProgram("woodpecker-cli") ?? "woodpecker-cli";
	try {
		const { stdout } = await promisify(execFile)(program, [
			"--disable-update-check",
			"lint",
			"--strict",
			what,
		]);
		return { code: 0, said: stdout };
	} catch (error) {
		const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
		return { code, said: stdout + stderr };
	}
};

test("the project's own pipelines pass the strict linter of the CI server", async () => {
	const { code, said } = await lint(own);
	expect(code).toBe(0);
	for (const file of readdirSync(own)) expect(said).toContain(file);
});

/** A copy of the project's own pipelines. */
function copyOf(name: string): string {
	const copy = join(folder, name);
	cpSync(own, copy, { recursive: true });
	return copy;
}

test("so do those of a site whose deploys bring the exports", async () => {
	const home = await loadSite("home");
	const ssh = { user: "root", port: 22, hostKey: "ssh-ed25519 AAAA" };
	const site = { ...home, storage: { ...home.storage, nfs: { ...home.storage.nfs, ssh } } };
	const copy = copyOf("exports");
	const pipelines = pipelinesOf(site).map((one) => renderInfrastructurePipeline(site, one));
	expect(pipelines.join()).toContain("exports apply");
	for (const [index, text] of pipelines.entries()) writeFileSync(join(copy, `${index}.yaml`), text);
	const { code, said } = await lint(copy);
	expect(code, said).toBe(0);
});

test("a word that the CI server does not know does not pass", async () => {
	const copy = copyOf("unknown");
	const file = join(copy, "deploy.yaml");
	writeFileSync(file, readFileSync(file, "utf8").replace("concurrency:", "concurency:"));
	expect((await lint(copy)).code).toBe(1);
});

test.for(readdirSync(own))(
	"%s runs the default branch by a push or by the clock, takes no secret, and decides nothing",
	(name) => {
		const text = readFileSync(join(own, name), "utf8");
		const { when, steps, labels } = parse(text);
		expect(when).toEqual([
			name === "deploy.yaml"
				? { event: "push", branch: "main" }
				: { event: "cron", cron: name.replace(".yaml", ""), branch: "main" },
		]);
		expect(labels).toEqual({ tier: "infra" });
		expect(text).not.toMatch(/from_secret|\$|&&|\|/);
		for (const { commands } of steps) expect(commands).toHaveLength(1);
	},
);
