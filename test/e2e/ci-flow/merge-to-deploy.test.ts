import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { statusContext } from "../../../cli/review/post-review.ts";
import { Forge } from "../../../clients/forge/forge.ts";
import { terraformTool } from "../../../engine/binary.ts";
import { probe } from "../../../engine/probe.ts";
import { needs } from "../harness/needs.ts";
import { needsPrograms } from "../harness/programs.ts";
import { repository } from "../harness/test-forge.ts";
import { waitFor } from "../harness/wait-for.ts";
import { woodpeckerPrograms } from "../harness/woodpecker-server.ts";
import { PipelineWorld } from "./pipeline-world.ts";

const ready = needsPrograms("gitea", "bao|vault", ...woodpeckerPrograms) && needs("bwrap");
const terraform = await probe(terraformTool);
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-pipeline-`));
let world: PipelineWorld;
let forge: Forge;
let operator = "";
let fork = "";

beforeAll(async () => {
	if (!ready || terraform.state !== "ok") return;
	world = await PipelineWorld.start(folder);
	const { gitea } = world;
	forge = new Forge({ kind: "forgejo", address: gitea.address, repository, token: gitea.robot.token });
	operator = join(folder, "operator");
	await gitea.ask("POST", `/repos/${repository}/forks`, {}, gitea.stranger.token);
	fork = world.clone("fork", { owner: "stranger", token: gitea.stranger.token });
}, 120_000);
afterAll(async () => {
	await world?.stop();
	rmSync(folder, { recursive: true });
});
beforeEach(({ skip }) => {
	if (terraform.state !== "ok") skip(`needs Terraform or OpenTofu ${terraformTool.needed}`);
});

let changes = 0;
/** Somebody without any right opens a pull request from their fork. */
async function propose(
	files: Record<string, object | string>,
	{ body = "A change", from }: { readonly body?: string; readonly from?: string } = {},
) {
	const branch = `change-${++changes}`;
	world.git(operator, "pull", "--quiet", "origin", "main");
	world.git(fork, "fetch", "--quiet", operator, "HEAD");
	world.git(fork, "checkout", "--quiet", "--force", "-B", branch, from ?? "FETCH_HEAD");
	for (const [name, value] of Object.entries(files))
		writeFileSync(
			join(fork, name),
			typeof value === "string" ? value : `${JSON.stringify(value, null, 1)}\n`,
		);
	world.git(fork, "add", "-A");
	world.git(fork, "commit", "--quiet", "-m", branch);
	world.git(fork, "push", "--quiet", "origin", branch);
	const { number, head } = await world.gitea.ask(
		"POST",
		`/repos/${repository}/pulls`,
		{ head: `stranger:${branch}`, base: "main", title: branch, body },
		world.gitea.stranger.token,
	);
	return { number, commit: head.sha as string, branch };
}
const status = async (commit: string) => (await forge.statuses(commit)).get(statusContext);
const comment = async (number: number) =>
	(await forge.comments(number)).map(({ body }) => body).join("\n---\n");
const close = (number: number) =>
	world.gitea.ask("PATCH", `/repos/${repository}/pulls/${number}`, { state: "closed" });
const state = (stack: string) => {
	const text = readFileSync(join(folder, "state", stack, "terraform.tfstate"), "utf8");
	return Object.fromEntries(
		JSON.parse(text).resources.map(
			({
				name,
				instances: [one],
			}: {
				name: string;
				instances: [{ attributes: { input: { value: string } | string } }];
			}) => [
				name,
				typeof one.attributes.input === "object" ? one.attributes.input.value : one.attributes.input,
			],
		),
	);
};
const review = async () => {
	const pipeline = await world.cron("proposals");
	if (pipeline.status !== "success") throw new Error(await log(pipeline.number));
	return pipeline;
};
/** What a pipeline has said so far. */
const log = (number: number) => world.ci.log(world.repository, number);
/** Waits for words of a pipeline: the last lines arrive a moment after its end. */
const says = (number: number, words: string) =>
	waitFor(`pipeline ${number} says ${words}`, async () => (await log(number)).includes(words), {
		within: 20_000,
	});
/** State of each step of a deploy. */
const steps = async (number: number) => {
	const { workflows } = await world.ci.ask("GET", `/repos/${world.repository}/pipelines/${number}`);
	const [{ children }] = workflows;
	return Object.fromEntries(
		children.map(({ name, state }: { name: string; state: string }) => [name, state]),
	);
};
const pipelines = () => world.ci.pipelines(world.repository);

describe("a repository at a forge with a CI server", () => {
	test("gets its settings and crons by the API, and is told apart when somebody changes one", async () => {
		const ci = (what: string) => world.infra(`ci ${what} --server ${world.ci.address}`, operator);
		const before = await ci("check");
		expect(before).toMatchObject({ code: 2, stdout: expect.stringContaining("cron proposals is missing") });
		expect(before.stdout).toContain("allow_pr is true, should be false");
		expect(await ci("apply")).toMatchObject({ code: 0, stderr: "" });
		expect((await ci("apply")).stdout).toBe("settings and crons are as the code has them\n");
		const [{ id }] = await world.ci.ask("GET", `/repos/${world.repository}/cron`);
		await world.ci.ask("PATCH", `/repos/${world.repository}/cron/${id}`, {
			variables: { NODE_OPTIONS: "x" },
		});
		await world.ci.ask("POST", `/repos/${world.repository}/cron`, {
			name: "mine",
			schedule: "@daily",
			branch: "main",
		});
		await world.ci.ask("POST", `/repos/${world.repository}/secrets`, {
			name: "token",
			value: "x",
			events: ["push"],
		});
		const drifted = (await ci("check")).stdout;
		for (const words of [
			"variables differ",
			"cron mine is none of ours",
			"secret token lies at the CI server",
		])
			expect(drifted).toContain(words);
		expect((await ci("apply")).code).toBe(2);
		await world.ci.ask("DELETE", `/repos/${world.repository}/secrets/token`);
		expect((await ci("check")).code).toBe(0);
		// From here on they run when they are asked to, and by no clock.
		for (const { id } of await world.ci.ask("GET", `/repos/${world.repository}/cron`))
			await world.ci.ask("PATCH", `/repos/${world.repository}/cron/${id}`, { enabled: false });
	});

	test("reviews what a stranger proposes, and deploys it once it is merged", async () => {
		const { number, commit } = await propose({
			"world/storage.json": { a: { input: "2" }, gone: { input: "1" } },
		});
		await review();
		expect(await status(commit)).toBe("success");
		expect(await comment(number)).toContain(commit);
		// Nothing has changed since, so that nobody plans again.
		const again = await review();
		await says(again.number, "no pull request waits");
		const deploy = await world.merge(number);
		expect(deploy.status).toBe("success");
		await says(deploy.number, "verified, a second plan has nothing to do");
		await says(deploy.number, `exports apply --reviewed at ${deploy.commit}`);
		expect(state("storage")).toEqual({ a: "2", gone: "1" });
	});

	test("has nothing to deploy of a change that no stack is affected by", async () => {
		const { number, commit } = await propose({ "README.md": "Another sentence.\n" });
		await review();
		expect(await status(commit)).toBe("success");
		const deploy = await world.merge(number);
		expect(deploy.status).toBe("success");
		await says(deploy.number, `${commit} changes no stack: nothing is to be deployed`);
		expect(state("storage")).toEqual({ a: "2", gone: "1" });
	});

	test("waits until what is lost is accepted in the description", async () => {
		const { number, commit } = await propose({
			"world/storage.json": { a: { input: "2" } },
			"world/blocks.json": {
				storage: { removed: [{ from: "terraform_data.gone", lifecycle: { destroy: false } }] },
				redis: {},
			},
		});
		await review();
		expect(await status(commit)).toBe("failure");
		const line = /^accept: .*$/m.exec(await comment(number))?.[0] ?? "";
		const accepted = line.replace("YYYY-MM-DD", "2099-01-01").replace("REASON", "it lives elsewhere");
		await world.gitea.ask(
			"PATCH",
			`/repos/${repository}/pulls/${number}`,
			{ body: accepted },
			world.gitea.stranger.token,
		);
		await review();
		expect(await status(commit)).toBe("success");
		expect((await world.merge(number)).status).toBe("success");
		expect(state("storage")).toEqual({ a: "2" });
	});

	test("deploys two merges at once, one after the other", async () => {
		const one = await propose({ "world/storage.json": { a: { input: "3" } } });
		const other = await propose({ "world/redis.json": { a: { input: "3" } } });
		await review();
		await review();
		const commits = [await world.mergeOnly(one.number), await world.mergeOnly(other.number)];
		const deploys = await Promise.all(commits.map((commit) => world.deployOf(commit)));
		expect(deploys.map(({ status }) => status)).toEqual(["success", "success"]);
		expect([state("storage"), state("redis")]).toEqual([{ a: "3" }, { a: "3" }]);
	});

	test("reviews what a branch that is behind would make of the main branch, and takes nothing away", async () => {
		world.git(operator, "pull", "--quiet", "origin", "main");
		const from = world.git(operator, "rev-parse", "HEAD");
		const ahead = await propose({ "world/redis.json": { a: { input: "ahead" } } });
		await review();
		expect((await world.merge(ahead.number)).status).toBe("success");
		const behind = await propose({ "world/storage.json": { a: { input: "behind" } } }, { from });
		const rival = await propose({ "world/redis.json": { a: { input: "rival" } } }, { from });
		await review();
		expect(await status(behind.commit)).toBe("success");
		expect(await comment(behind.number)).toContain(": 1 to update; 1 of 1 stacks to look at");
		await review();
		expect(await status(rival.commit)).toBe("failure");
		expect(await comment(rival.number)).toContain("it cannot be merged into main at");
		await close(rival.number);
		expect((await world.merge(behind.number)).status).toBe("success");
		expect([state("storage"), state("redis")]).toEqual([{ a: "behind" }, { a: "ahead" }]);
		const back = await propose({
			"world/storage.json": { a: { input: "3" } },
			"world/redis.json": { a: { input: "3" } },
		});
		await review();
		expect((await world.merge(back.number)).status).toBe("success");
	});

	test("shows what no stack applies, line by line, and names the command that must follow", async () => {
		const { beside } = JSON.parse(readFileSync(join(operator, "world/beside.json"), "utf8"));
		const exports = `${beside.exports.exports}/srv/more 192.0.2.0/24(ro)\n`;
		const { number, commit } = await propose({
			"world/beside.json": { beside: { ...beside, exports: { exports } } },
		});
		await review();
		expect(await status(commit)).toBe("success");
		const told = await comment(number);
		expect(told).toContain("outside-terraform, `storage`: the exports of the NFS server change");
		expect(told).toContain("+    /srv/more 192.0.2.0/24(ro)");
		const deploy = await world.merge(number);
		expect(deploy.status).toBe("success");
		const hidden = await propose({ "cli/affected/print-beside.ts": "" });
		await review();
		expect(await status(hidden.commit)).toBe("failure");
		expect(await comment(hidden.number)).toContain("prints something else than JSON");
		await close(hidden.number);
	});

	test("refuses what is no longer what was reviewed, and takes it up once it is again", async () => {
		const { number } = await propose({ "world/storage.json": { a: { input: "4" } } });
		await review();
		const at = (input: string) => ({
			FAKE_WORLD: JSON.stringify({ storage: { a: { input } }, redis: { a: { input: "3" } } }),
		});
		await world.infra("deploy --yes storage", operator, at("by hand"));
		const deploy = await world.merge(number);
		expect(deploy.status).toBe("failure");
		await says(deploy.number, "is another change than the one that was reviewed");
		expect(state("storage")).toEqual({ a: "by hand" });
		expect(await steps(deploy.number)).toMatchObject({ deploy: "failure", exports: "skipped" });
		expect(await log(deploy.number)).not.toContain("exports apply");
		await world.infra("deploy --yes storage", operator, at("3"));
		const { number: restarted } = await world.ci.ask(
			"POST",
			`/repos/${world.repository}/pipelines/${deploy.number}`,
		);
		expect((await world.ci.end(world.repository, restarted)).status).toBe("success");
		expect(state("storage")).toEqual({ a: "4" });
		expect(await steps(restarted)).toMatchObject({ deploy: "success", exports: "success" });
	});

	test("goes on where a stack in the middle has failed", async () => {
		const { number } = await propose({
			"world/storage.json": { a: { input: "5" } },
			"world/redis.json": { a: { input: "5" } },
		});
		await review();
		// A state that cannot be read.
		renameSync(join(folder, "state/redis"), join(folder, "state/away"));
		writeFileSync(join(folder, "state/redis"), "");
		const deploy = await world.merge(number);
		expect(deploy.status).toBe("failure");
		rmSync(join(folder, "state/redis"));
		renameSync(join(folder, "state/away"), join(folder, "state/redis"));
		expect([state("storage"), state("redis")]).toEqual([{ a: "5" }, { a: "3" }]);
		const { number: restarted } = await world.ci.ask(
			"POST",
			`/repos/${world.repository}/pipelines/${deploy.number}`,
		);
		expect((await world.ci.end(world.repository, restarted)).status).toBe("success");
		expect(state("redis")).toEqual({ a: "5" });
	});
});

describe("a hostile branch", () => {
	let server: Server;
	let asked = 0;
	const likeMain = ["main-", "main_", "Main"];
	beforeAll(async () => {
		if (!ready || terraform.state !== "ok") return;
		// Pipelines of them would have come by the end.
		for (const name of likeMain) world.git(operator, "push", "--quiet", "origin", `HEAD:refs/heads/${name}`);
		server = createServer((_, response) => {
			asked += 1;
			response.end();
		});
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	});
	afterAll(() => server?.close());

	/** What the review says of a pull request, which is closed then. */
	async function verdictOf(files: Record<string, object | string>) {
		const { number, commit } = await propose(files);
		await review();
		const verdict = { status: await status(commit), comment: await comment(number) };
		await close(number);
		return verdict;
	}

	test("runs no workflow file, neither its own nor one that it changes", async () => {
		const evil =
			"when:\n  - event: [pull_request, push, manual]\nlabels:\n  tier: infra\nsteps:\n  - name: x\n    image: bash\n    commands: [env]\n";
		const before = await pipelines();
		const { number } = await propose({ ".woodpecker/evil.yaml": evil, ".woodpecker/deploy.yaml": evil });
		// The forge has told the CI server long before it is reviewed.
		const reviewed = await review();
		expect((await pipelines()).filter((one) => one.number !== reviewed.number)).toEqual(before);
		await close(number);
	});

	test("reaches nothing with its TypeScript, and tells nothing but its author", async () => {
		const { port } = server.address() as AddressInfo;
		const { status, comment } = await verdictOf({
			"main.ts": `
				import fs from "node:fs";
				const answers = await fetch("http://127.0.0.1:${port}/").then(() => "reached", () => "unreached");
				const seen = ["${folder}", "/etc/passwd", "/root/.vault-token"].filter((path) => fs.existsSync(path));
				throw new Error("report " + answers + " [" + seen + "] " + Object.keys(process.env).filter((name) => /TOKEN|VAULT|WOODPECKER|CI/.test(name)));`,
		});
		expect(status).toBe("failure");
		expect(comment).toMatch(/Error: report unreached \[\] $/m);
		expect(asked).toBe(0);
	});

	test("reads no file with a document", async () => {
		const { status, comment } = await verdictOf({
			"world/storage.json": { a: { input: '${file("/etc/passwd")}' } },
		});
		expect(status).toBe("failure");
		expect(comment).toContain("calls file()");
		expect(comment).not.toContain("root:x:0");
	});

	test("brings no packages, whose scripts would run", async () => {
		const { status, comment } = await verdictOf({ "package-lock.json": "{}" });
		expect(status).toBe("failure");
		expect(comment).toContain("package-lock.json");
	});

	test("is not deployed on a forged review, and its author sets no status", async () => {
		const { number, commit } = await propose({ "world/storage.json": { a: { input: "6" } } });
		const { stranger } = world.gitea;
		await expect(
			world.gitea.ask(
				"POST",
				`/repos/${repository}/statuses/${commit}`,
				{ state: "success", context: statusContext },
				stranger.token,
			),
		).rejects.toThrow("403");
		const record = {
			version: 1,
			commit,
			until: "2099-01-01",
			stacks: { storage: { hash: "x", accepted: [] } },
		};
		const seal = Buffer.from(JSON.stringify({ record, signature: "vault:v1:x" })).toString("base64url");
		await world.gitea.ask(
			"POST",
			`/repos/${repository}/issues/${number}/comments`,
			{ body: `infra-review-1.${seal}` },
			stranger.token,
		);
		// Merged before anybody has reviewed it.
		const deploy = await world.merge(number);
		expect(deploy.status).toBe("failure");
		await says(deploy.number, "none of the reviews is signed by the key of Vault");
		expect(state("storage")).toEqual({ a: "5" });
	});

	test("is not deployed by a restart of a deploy with its commit, nor does a variable of one reach it", async () => {
		const [last] = (await pipelines()).filter(
			({ event, status }) => event === "push" && status === "success",
		);
		const { commit, number } = await propose({ "world/storage.json": { a: { input: "7" } } });
		const restart = async (parameters: string) => {
			const { number } = await world.ci.ask(
				"POST",
				`/repos/${world.repository}/pipelines/${last?.number}?${parameters}`,
			);
			return world.ci.end(world.repository, number);
		};
		const moved = await restart(`PLUGIN_SHA=${commit}`);
		expect(moved.status).toBe("failure");
		await says(moved.number, `${commit} is none of the`);
		const code = encodeURIComponent(`--import data:text/javascript,console.log("word-"+"of-a-test")`);
		const injected = await restart(`NODE_OPTIONS=${code}&FAKE_REVISION=${commit}`);
		expect(injected.status).toBe("success");
		// The last stack that it speaks of.
		await says(injected.number, "redis");
		expect(await log(injected.number)).not.toContain("word-of-a-test");
		expect(state("storage")).toEqual({ a: "5" });
		await close(number);
	});

	test("is not the main branch by a name that looks like it", async () => {
		const branches = (await pipelines()).map(({ branch }) => branch);
		expect(branches).toContain("main");
		expect(branches.filter((name) => likeMain.includes(name))).toEqual([]);
	});
});
