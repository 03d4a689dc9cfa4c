import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
	appendFileSync,
	existsSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";
import { labZone } from "../../../config/sites/lab-zone.ts";
import { askApi } from "../../../lab/kubernetes-api.ts";
import { isRunning, type LabProcess } from "../../../lab/lab-process.ts";
import type { Lab } from "../../../lab/lab-state.ts";
import { missingPrograms } from "../../../lab/needed-programs.ts";
import { askPostgres, superuser } from "../../../lab/postgres-server.ts";
import { woodpecker } from "../../../lab/products/woodpecker.ts";
import { lackedBy, unaskedProducts } from "../../../lab/requirements.ts";
import { canary } from "../../../lab/seed-vault.ts";
import { leaks, programArguments } from "../../../lab/traces.ts";
import type { Verdict } from "../../../lab/verdict.ts";
import { waitFor } from "../harness/wait-for.ts";

// Where cdktf.out is: documents name charts and states relative to that.
const folder = mkdtempSync(join(projectRoot, ".lab-"));
const lab = join(folder, "lab");
const command = join(projectRoot, "cli/bin/infra.js");
const env = { ...process.env, INFRA_LAB: lab, CDKTF_OUTDIR: folder, NO_COLOR: "1" };

beforeEach(({ skip }) => {
	const missing = missingPrograms();
	skip(
		missing.length > 0,
		`not on this machine: ${missing.join(", ")}; infra lab build says how to get them`,
	);
});
afterAll(async () => {
	await infra("down");
	rmSync(folder, { recursive: true, force: true });
}, 120_000);

interface CommandOutput {
	readonly code: number;
	readonly output: string;
}

const infra = (...args: string[]) => infraWith({}, ...args);

async function infraWith(more: NodeJS.ProcessEnv, ...args: string[]): Promise<CommandOutput> {
	try {
		const { stdout, stderr } = await promisify(execFile)(command, ["lab", ...args], {
			env: { ...env, ...more },
			maxBuffer: 16 * 1024 ** 2,
		});
		return { code: 0, output: stdout + stderr };
	} catch (error) {
		const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
		return { code, output: stdout + stderr };
	}
}

const state = (name: string) => JSON.parse(readFileSync(join(lab, name), "utf8"));
const processes = (): readonly LabProcess[] => state("processes.json");

/** Claims that `infra lab verify` finds not to hold, each with what speaks against it. */
async function problems(): Promise<[string, string][]> {
	const { output } = await infra("verify", "--json");
	const verdicts: Verdict[] = JSON.parse(output);
	return verdicts.filter(({ problem }) => problem !== "").map(({ claim, problem }) => [claim, problem]);
}

let applied = false;

/** Whether the CI server and its forge can run beside the rest. */
const withPipelines = lackedBy(woodpecker).length === 0;

/** Starts the lab with what it starts unasked, and a CI server where that is here. */
async function upWithPipelines(): Promise<CommandOutput> {
	const products = [...(await unaskedProducts()), ...(withPipelines ? [woodpecker] : [])];
	return infra("up", "--with", products.map(({ name }) => name).join(",") || "none");
}

/** Starts the lab and waits until one of these programs has been started: the first that can be on this machine. */
async function starting(detached: boolean, product: string, otherwise: string) {
	const args = withPipelines ? ["--with", woodpecker.name] : [];
	const child = spawn(command, ["lab", "up", ...args], { env, stdio: "ignore", detached });
	const name = withPipelines ? product : otherwise;
	// The list is there from the beginning, and empty at first.
	const runs = () =>
		existsSync(join(lab, "processes.json")) && processes().some((process) => process.name === name);
	await waitFor(`${name} runs`, runs, { within: 180_000, every: 10 });
	return child;
}

describe("the lab", () => {
	test("without one, says so", async () => {
		expect(await infra("status")).toEqual({ code: 1, output: "there is no lab: infra lab up starts one\n" });
		expect((await infra("apply")).output).toContain(
			"error: there is no lab\n  help: infra lab up starts one",
		);
		expect(await infra("down")).toEqual({ code: 0, output: "there was no lab\n" });
	});

	test("starts, for its owner's eyes only, and starting it again changes nothing", async () => {
		expect((await upWithPipelines()).output).toContain("the lab runs");
		expect(statSync(lab).mode & 0o077).toBe(0);
		const before = [state("lab.json"), processes()];
		expect((await infra("up")).code).toBe(0);
		expect([state("lab.json"), processes()]).toEqual(before);
		expect((await infra("status")).code).toBe(0);
	}, 300_000);

	test("gives its shell the addresses and tokens of its servers", async () => {
		expect(await infra("shell", "--", "sh", "-c", "echo $VAULT_ADDR; exit 3")).toEqual({
			code: 3,
			output: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\n$/),
		});
	});

	test("takes the stacks, and an interrupted apply is taken up again", async ({ skip }) => {
		const child = spawn(command, ["lab", "apply", "vault"], { env, stdio: ["ignore", "pipe", "pipe"] });
		const ended = once(child, "close");
		let output = "";
		for (const stream of [child.stdout, child.stderr])
			stream.on("data", (data) => {
				const before = output;
				output += data;
				// Once: a second signal would end it at once.
				if (output.includes("✓ create") && !before.includes("✓ create")) child.kill("SIGINT");
			});
		const [code] = await ended;
		skip(
			/cannot be installed/.test(output),
			"terraform init cannot install the providers: a registry, a mirror or the plugin folder enables it",
		);
		// Whoever is interrupted too late has done it all.
		expect([code, output]).toEqual(
			code === 0 ? [0, expect.stringContaining("vault  applied")] : [130, expect.any(String)],
		);
		const leaked = new Set<string>();
		const watch = setInterval(() => {
			for (const text of programArguments().filter(leaks)) leaked.add(text.join(": "));
		}, 20);
		const again = await infra("apply").finally(() => clearInterval(watch));
		expect(again.output).toContain("woodpecker  applied");
		expect(again.output).not.toContain(canary);
		expect([...leaked]).toEqual([]);
		expect(await problems()).toEqual([]);
		applied = true;
	}, 1_200_000);

	test("sees what has changed since, and where a secret lies", async ({ skip }) => {
		skip(!applied, "needs the stacks applied");
		const { database, dns, ...api }: Lab = state("lab.json");
		const maps = "/api/v1/namespaces/redis/configmaps";
		const { items } = JSON.parse((await askApi(api, "GET", maps)).body);
		const name = items
			.map(({ metadata }: { metadata: { name: string } }) => metadata.name)
			.find((one: string) => one !== "kube-root-ca.crt");
		expect((await askApi(api, "DELETE", `${maps}/${name}`)).status).toBe(200);
		const deployer = "/apis/rbac.authorization.k8s.io/v1/namespaces/bob/roles/bob-deployer";
		expect((await askApi(api, "DELETE", deployer)).status).toBe(200);
		const agent =
			"/apis/rbac.authorization.k8s.io/v1/namespaces/woodpecker-infra/rolebindings/woodpecker-infra-agent";
		expect((await askApi(api, "DELETE", agent)).status).toBe(200);
		await askPostgres({ ...database, user: superuser }, "alter role woodpecker password 'another'");
		appendFileSync(join(lab, "logs/etcd.log"), `${canary}of-a-test\n`);
		if (dns)
			await fetch(`${dns.url}zones/${labZone.dns.zoneId}/dns_records`, {
				method: "POST",
				headers: { authorization: `Bearer ${dns.token}` },
				body: JSON.stringify({ type: "A", name: "stray.lab.example.org", content: "192.0.2.1" }),
			});
		expect(await problems()).toEqual([
			["a second plan of vault is empty", "infra plan vault shows changes"],
			["a second plan of redis is empty", "infra plan redis shows changes"],
			[expect.stringContaining("deployer"), "bob in bob"],
			...(dns ? [[expect.stringContaining("the zone"), "stray.lab.example.org A 192.0.2.1"]] : []),
			...(withPipelines
				? [[expect.stringContaining("runs as a pod"), expect.stringContaining("is forbidden")]]
				: []),
			[expect.stringContaining("no secret is in a log"), "etcd.log"],
			[expect.stringContaining("databases"), "woodpecker"],
		]);
	}, 600_000);

	test("gives a claim of a set its own limit back, which the template of the set cannot", async ({
		skip,
	}) => {
		skip(!applied, "needs the stacks applied");
		const api: Lab = state("lab.json");
		const claim = "/api/v1/namespaces/redis/persistentvolumeclaims/redis-data-redis-node-0";
		const key = "resize.topolvm.io/storage_limit";
		const changed = JSON.parse((await askApi(api, "GET", claim)).body);
		const growTo = changed.metadata.annotations[key];
		changed.metadata.annotations[key] = "1Gi";
		delete changed.metadata.resourceVersion;
		expect((await askApi(api, "PUT", claim, changed)).status).toBe(200);
		expect((await infra("apply", "redis")).output).toContain("redis  applied");
		const { metadata } = JSON.parse((await askApi(api, "GET", claim)).body);
		expect(metadata.annotations[key]).toBe(growTo);
		expect((await infra("shell", "--", command, "plan", "redis")).output).toContain("redis  no changes");
	}, 600_000);

	test("is asked before a stack ends, and keeps what holds data", async ({ skip }) => {
		skip(!applied, "needs the stacks applied");
		const destroy = (stack: string, ...args: string[]) =>
			infra("shell", "--", command, "destroy", stack, ...args);
		const [unasked, early, refused] = await Promise.all([
			destroy("woodpecker"),
			destroy("redis", "--confirm", "redis"),
			destroy("woodpecker", "--confirm", "woodpecker"),
		]);
		expect(unasked).toMatchObject({
			code: 1,
			output: expect.stringContaining("pass --confirm woodpecker"),
		});
		expect(early).toMatchObject({
			code: 1,
			output: expect.stringContaining("stack mailserver comes after redis"),
		});
		expect(refused).toMatchObject({
			code: 1,
			output: expect.stringContaining("this plan would lose data or access, nothing was applied"),
		});
		const named = [...refused.output.matchAll(/--confirm-destroy '(\S+)'/g)].flatMap(([, address = ""]) => [
			"--confirm-destroy",
			address,
		]);
		expect(await destroy("woodpecker", "--confirm", "woodpecker", ...named)).toMatchObject({
			code: 0,
			output: expect.stringContaining("woodpecker  applied"),
		});
		expect(await destroy("mailserver", "--confirm", "mailserver")).toMatchObject({
			code: 1,
			output: expect.stringContaining("its construct forbids to destroy it"),
		});
	}, 600_000);

	test("that is stopped leaves neither a process nor a file", async () => {
		const stopped = processes();
		expect(stopped.every(isRunning)).toBe(true);
		expect(await infra("down")).toEqual({ code: 0, output: "the lab is gone\n" });
		expect(stopped.some(isRunning)).toBe(false);
		expect(existsSync(lab)).toBe(false);
	}, 120_000);

	test("that is interrupted while it starts leaves nothing either", async () => {
		const child = await starting(false, "gitea", "etcd");
		const begun = processes();
		child.kill("SIGINT");
		const [code] = await once(child, "exit");
		expect(code).toBe(130);
		expect(begun.some(isRunning)).toBe(false);
		expect(existsSync(lab)).toBe(false);
	}, 300_000);

	test("whose start is killed is stopped by its next command", async () => {
		const child = await starting(true, "woodpecker-server", "etcd");
		process.kill(-(child.pid ?? 0), "SIGKILL");
		await once(child, "exit");
		const left = processes();
		expect(left.some(isRunning)).toBe(true);
		expect((await infra("status")).output).toContain("running");
		expect(await infra("down")).toEqual({ code: 0, output: "the lab is gone\n" });
		expect(left.some(isRunning)).toBe(false);
		expect(existsSync(lab)).toBe(false);
	}, 300_000);

	test("of which a program ends early says its last words, and stops the others", async () => {
		const programs = mkdtempSync(join(folder, "programs-"));
		const write = (name: string, line: string) =>
			writeFileSync(join(programs, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
		write("etcd", "echo the disk is full >&2; exit 1");
		// It would be waited for: a program that never is ready.
		write("bao", "exec sleep 600");
		expect(await infraWith({ KUBEBUILDER_ASSETS: programs }, "up")).toEqual({
			code: 1,
			output: expect.stringContaining("etcd has ended:\nthe disk is full"),
		});
		expect(existsSync(lab)).toBe(false);
	}, 120_000);
});
