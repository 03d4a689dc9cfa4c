import { spawn, spawnSync } from "node:child_process";
import {
	appendFileSync,
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { projectRoot } from "../../config/project-root.ts";
import { linkPackages } from "../link-packages.ts";

// On the file system of the project, so that the packages can be hard links.
mkdirSync(join(projectRoot, ".cache"), { recursive: true });
const folder = mkdtempSync(join(projectRoot, ".cache/affected-"));
const checkout = join(folder, "checkout");
const cache = join(folder, "cache");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const identity = [
	"-c",
	"user.name=Somebody",
	"-c",
	"user.email=somebody@example.org",
	"-c",
	"commit.gpgsign=false",
];

function git(...args: string[]): string {
	const { status, stdout, stderr } = spawnSync("git", [...identity, ...args], {
		cwd: checkout,
		encoding: "utf8",
	});
	if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
	return stdout.trim();
}

/** Starts `infra` in the checkout. */
function startInfra(...args: string[]) {
	const { CDKTF_OUTDIR: _, INFRA_SITE: __, INFRA_REGISTRY: ___, ...env } = process.env;
	const child = spawn(process.execPath, ["cli/infra.ts", ...args], {
		cwd: checkout,
		env: { ...env, XDG_CACHE_HOME: cache, NO_COLOR: "1", NODE_COMPILE_CACHE: join(folder, "compiled") },
		stdio: ["ignore", "pipe", "pipe"],
	});
	let [stdout, stderr] = ["", ""];
	child.stdout.on("data", (data) => (stdout += data));
	child.stderr.on("data", (data) => (stderr += data));
	const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
		child.on("close", (code) => resolve({ code, stdout, stderr }));
	});
	return { child, ended, stderr: () => stderr };
}

const start = (...args: string[]) => startInfra("affected", ...args);
const affected = (...args: string[]) => start(...args).ended;

/** Changes a file of the checkout while a task runs. */
async function edited<T>(file: string, change: (text: string) => string, task: () => Promise<T>): Promise<T> {
	const path = join(checkout, file);
	const text = readFileSync(path, "utf8");
	const other = change(text);
	expect(other).not.toBe(text);
	writeFileSync(path, other);
	try {
		return await task();
	} finally {
		writeFileSync(path, text);
	}
}

/** What is left of trees that were being built. */
const left = () => {
	const work = join(cache, "infra/affected/work");
	return existsSync(work) ? readdirSync(work) : [];
};

beforeAll(() => {
	const files = spawnSync("git", ["ls-files", "-co", "--exclude-standard"], {
		cwd: projectRoot,
		encoding: "utf8",
	});
	for (const file of files.stdout.split("\n").filter((name) => name && existsSync(join(projectRoot, name)))) {
		mkdirSync(dirname(join(checkout, file)), { recursive: true });
		cpSync(join(projectRoot, file), join(checkout, file));
	}
	linkPackages(checkout);
	expect(spawnSync(process.execPath, ["providers/bindings/generate.ts"], { cwd: checkout }).status).toBe(0);
	git("init", "--quiet", "--initial-branch=main");
	git("add", "--all");
	git("commit", "--quiet", "--message=First");
}, 120_000);

describe("infra affected", () => {
	test("is told nothing by a comment, and builds the base only once, whoever asks", async () => {
		const [one, other] = await edited(
			"stacks/redis/redis-stack.ts",
			(text) => `// A comment.\n${text}`,
			() =>
				Promise.all([affected("--base", "HEAD", "--exit-code"), affected("--base", "HEAD", "--exit-code")]),
		);
		const expected = `base  ${git("rev-parse", "HEAD").slice(0, 8)} (HEAD) → this checkout, with uncommitted changes
site lab, registry config/registry/lab.json, of each side
not affected: storage, vault, platform, redis, mailserver, woodpecker
`;
		expect([one.code, other.code]).toEqual([0, 0]);
		expect([one.stdout, other.stdout]).toEqual([expected, expected]);
		expect(`${one.stderr}${other.stderr}`.match(/building/g)?.length).toBe(1);
		expect(await affected("--base", "HEAD")).toMatchObject({ code: 0, stderr: "" });
		expect(left()).toEqual([]);
	});

	test("names the stack that a value of the site changes, its object and argument, and what follows beside Terraform", async () => {
		const { code, stdout } = await edited(
			"config/registry/lab.json",
			(text) => text.replace("b@example.com", "elsewhere@example.com"),
			() => affected("--base", "HEAD", "--json", "--exit-code"),
		);
		const result = JSON.parse(stdout);
		expect(code).toBe(2);
		expect(result.stacks.map(({ stack, effect }: Record<string, string>) => `${effect} ${stack}`)).toContain(
			"changed vault",
		);
		expect(result.unaffected).toContain("redis");
		const [why, review] = await edited(
			"constructs/storage/exports/render-exports.ts",
			(text) =>
				text.replace(/(export function renderExports[^{]*\{\n)/, '$1\tif (site) return "# another\\n";\n'),
			async () => [
				await affected("--base", "HEAD", "--why"),
				await startInfra("review", "--affected", "--base", "HEAD").ended,
			],
		);
		expect(why?.stdout).toContain(
			"the exports of the NFS server  1 file; after a deploy: infra exports diff, then infra exports apply",
		);
		expect(why?.stdout).toContain("+# another");
		// No document differs, and the stack that needs the exports tells of them, whether it could be planned or not.
		expect(review?.stdout.split("\n")[0]).toMatch(/^storage {2}/);
		expect(review?.stdout).toContain("! outside-terraform  the exports of the NFS server change");
		expect(review?.stdout).toContain("+# another");
	});

	test("chooses the stacks of a review and of a deploy", async () => {
		const none = await startInfra("deploy", "--affected", "--yes").ended;
		expect(none).toMatchObject({ code: 0, stdout: "" });
		expect(none.stderr).toContain("no stack is affected");
		const both = await startInfra("review", "--affected", "redis").ended;
		expect(both.code).toBe(1);
		expect(both.stderr).toContain("--affected chooses the stacks by itself");
		const unknown = await startInfra("review", "--affected", "--base", "nowhere").ended;
		expect(unknown.code).toBe(1);
		expect(unknown.stderr).toContain("nowhere");
	});

	test("says what the history lacks", async () => {
		expect(await affected("--base", "no-such")).toMatchObject({
			code: 1,
			stderr: "error: --base no-such: git knows no such revision\n  help: git log --oneline\n",
		});
		git("checkout", "--quiet", "-b", "work");
		git("branch", "--quiet", "--delete", "main");
		expect((await affected()).stderr).toContain("there is no main branch: none of origin/HEAD, ");
		git("branch", "main");
		writeFileSync(join(checkout, ".git/shallow"), `${git("rev-parse", "HEAD")}\n`);
		expect((await affected("--base", "HEAD~3")).stderr).toContain(
			"help: the clone is shallow: git fetch --unshallow",
		);
		rmSync(join(checkout, ".git/shallow"));
		renameSync(join(checkout, ".git"), join(folder, "git"));
		// The checkout lies within another one, whose history is not its own.
		expect((await affected()).stderr).toContain("is no git checkout: there is no base to compare with");
		renameSync(join(folder, "git"), join(checkout, ".git"));
	});

	test("takes what was last deployed where that is known, else the merge base with the main branch", async () => {
		appendFileSync(join(checkout, "README.md"), "\n");
		git("commit", "--quiet", "--all", "--message=Second");
		const ask = (what: string) =>
			spawnSync(
				process.execPath,
				["--input-type=module", "--eval", `(await import("./cli/affected/applied.ts")).${what}`],
				{
					cwd: checkout,
					encoding: "utf8",
				},
			).stderr;
		const recorded = () => git("for-each-ref", "--format=%(objectname)", "refs/infra/applied");
		const deployed = () => ask('recordApplied("lab", "redis")');
		expect([deployed(), recorded()]).toEqual(["", git("rev-parse", "HEAD")]);
		const { base, applied } = JSON.parse((await affected("--json")).stdout);
		expect(base).toMatchObject({ commit: git("rev-parse", "main"), chosen: "merge base with main" });
		expect(applied).toEqual({
			redis: {
				commit: git("rev-parse", "HEAD"),
				tree: git("rev-parse", "HEAD^{tree}"),
				chosen: "last deployed",
			},
		});
		// With uncommitted changes nobody can say from what it was deployed.
		await edited(
			"README.md",
			(text) => `${text}\n`,
			async () => deployed(),
		);
		expect(recorded()).toBe("");
	});

	test("says why a base cannot be built, and what to do", async () => {
		await edited(
			"stacks/redis/redis-stack.ts",
			(text) => `${text}\nthrow new Error("broken base");\n`,
			async () => {
				git("commit", "--quiet", "--all", "--message=Broken");
			},
		);
		git("commit", "--quiet", "--all", "--message=Mended");
		const { code, stdout, stderr } = await affected("--base", "HEAD~1");
		expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
		expect(stderr).toMatch(
			/error: the base [0-9a-f]{8} cannot be built, so what changed since cannot be told:\n/,
		);
		expect(stderr).toContain("broken base");
		expect(stderr).toContain(
			"help: name another base with --base, or take every stack as affected: infra plan",
		);
		expect(left()).toEqual([]);
	});

	test("leaves nothing behind after Ctrl-C, nor for long after kill -9", async () => {
		appendFileSync(join(checkout, "README.md"), "\n");
		git("commit", "--quiet", "--all", "--message=Third");
		for (const signal of ["SIGINT", "SIGKILL"] as const) {
			const run = start("--base", "HEAD");
			while (!run.stderr().includes("building")) await new Promise((resolve) => setTimeout(resolve, 20));
			run.child.kill(signal);
			const { code } = await run.ended;
			expect([code, left().length > 0]).toEqual(signal === "SIGINT" ? [130, false] : [null, true]);
		}
		expect((await affected("--base", "HEAD")).code).toBe(0);
		expect(left()).toEqual([]);
		expect(git("worktree", "list").split("\n").length).toBe(1);
	});
});
