import { readFileSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { Construct } from "constructs";
import { expect, test } from "vitest";
import { ConfigError } from "../../../config/schema/problem.ts";
import { VisibleError } from "../../../config/schema/visible-error.ts";
import { stateLock } from "../../../engine/state-lock.ts";
import { type Finding, PolicyError } from "../../../rules/finding.ts";
import { declareStack, type StackFacts } from "../../../stacks/declaration.ts";
import { InfraStack } from "../../../stacks/infra-stack.ts";
import { exitCodeOf, renderFailure } from "../../../terminal/failure.ts";
import { Interrupted } from "../../../terminal/interruption.ts";
import { TerraformError } from "../../../terminal/terraform-error.ts";
import { noSuch, UsageError } from "../../../terminal/usage-error.ts";
import { type Json, readDocument } from "../../../world/world.ts";
import { testApp } from "../../synth.ts";

function catching(work: () => unknown): unknown {
	try {
		return work();
	} catch (error) {
		return error;
	}
}

const finding: Finding = {
	rule: "image-pinned",
	severity: "error",
	stack: "redis",
	path: "redis/proxy/deployment",
	address: "kubernetes_deployment_v1.proxy",
	argument: "spec.container[0].image",
	message: '"haproxy:latest" moves',
	remedy: "Name a version.",
};

test("a bad configuration shows every problem with its path, and what was likely meant", () => {
	const error = new ConfigError("site lab", [
		{ path: "redis.replcas", message: "unknown key", input: "replcas", candidates: ["replicas", "proxy"] },
		{ path: "network.pods", message: "expected a network such as 10.0.0.0/16" },
	]);
	expect(renderFailure(error)).toBe(`error: site lab has 2 problems

  redis.replcas
    unknown key
    help: did you mean replicas?

  network.pods
    expected a network such as 10.0.0.0/16`);
});

test("broken rules are grouped by construct, each with its remedy", () => {
	const other = {
		...finding,
		rule: "memory-set",
		argument: "",
		message: "no memory limit",
		remedy: "Set one.",
	};
	expect(renderFailure(new PolicyError([finding, other]))).toBe(`error: 2 findings, nothing was written

  redis/proxy/deployment  (kubernetes_deployment_v1.proxy)
    image-pinned  spec.container[0].image: "haproxy:latest" moves
      help: Name a version.
    memory-set  no memory limit
      help: Set one.`);
});

test("a finding about no construct is about the whole world", () => {
	const error = new PolicyError([{ ...finding, path: "", address: "" }]);
	expect(renderFailure(error)).toContain("\n  the whole world\n");
});

test("a usage error shows its hint below", () => {
	expect(renderFailure(new UsageError("cannot do that\nbecause of this", "do the other"))).toBe(
		"error: cannot do that\n  because of this\n  help: do the other",
	);
});

test("an unknown name suggests the one that was likely meant", () => {
	expect(renderFailure(noSuch("stack", "redsi", ["vault", "redis"]))).toBe(
		"error: no such stack: redsi\n  help: did you mean redis?",
	);
});

test("an unknown name that resembles nothing lists what there is", () => {
	expect(renderFailure(noSuch("stack", "database", ["vault", "redis"]))).toBe(
		"error: no such stack: database\n  help: expected vault, redis",
	);
});

test("a message of Terraform shows the construct that it is about", () => {
	const error = new TerraformError({
		stack: "redis",
		command: "plan",
		diagnostics: [
			{
				severity: "error",
				summary: "Unsupported argument",
				detail: "No such thing.\n\nReally.",
				address: "kubernetes_service_v1.a",
				path: "redis/proxy/service",
			},
		],
	});
	expect(renderFailure(error)).toBe(`error: terraform plan failed in stack redis

  redis/proxy/service  (kubernetes_service_v1.a)
    Unsupported argument
    No such thing.

    Really.`);
});

test("a protected object is explained in words, not in Terraform's advice to lift the protection", () => {
	const error = new TerraformError({
		stack: "redis",
		command: "plan",
		diagnostics: [
			{
				severity: "error",
				summary: "Instance cannot be destroyed",
				detail: "disable lifecycle.prevent_destroy",
				address: "a.b",
			},
		],
	});
	expect(renderFailure(error)).not.toContain("disable lifecycle.prevent_destroy");
	expect(renderFailure(error)).toContain("it holds data");
});

test("a failure without messages shows the last lines of the standard error", () => {
	const stderr = Array.from({ length: 30 }, (_, index) => `line ${index}`).join("\n");
	const text = renderFailure(
		new TerraformError({ stack: "redis", command: "show", diagnostics: [], stderr }),
	);
	expect(text).toContain("line 29");
	expect(text).not.toContain("line 9\n");
});

test("what the reader can mend is a sentence; the trace comes on request", () => {
	const error = new VisibleError("mail.host has no address");
	expect(renderFailure(error)).toBe("error: mail.host has no address");
	expect(renderFailure(error, { debug: true })).toMatch(
		/^error: mail\.host has no address\n {2}VisibleError: .*\n {6}at /,
	);
});

test("what the system refuses is said as the system says it", () => {
	expect(renderFailure(catching(() => readFileSync("/nowhere/at/all")))).toBe(
		"error: ENOENT: no such file or directory, open '/nowhere/at/all'",
	);
});

test.each([
	["an error of the language", new TypeError("x is not a function")],
	["an error that a library throws", new Error("boom")],
])("%s shows its trace and says how to report it", (_, error) => {
	const lines = renderFailure(error).split("\n");
	expect(lines[0]).toBe("error: this is a defect of infra, not of your input");
	expect(lines[1]).toBe(`  ${error.name}: ${error.message}`);
	expect(lines[2]).toMatch(/^ {6}at .*failure\.test\.ts/);
	expect(lines.at(-1)).toBe("  help: CONTRIBUTING.md#reporting-a-defect says how to report it");
});

test("an error in a stack names the stack and the construct that was made last", async () => {
	const fails = (error: Error) =>
		declareStack(
			{ name: "redis", purpose: "", stateTier: 1 },
			class extends InfraStack {
				constructor(scope: Construct, facts: StackFacts) {
					super(scope, facts);
					new Construct(new Construct(this, "proxy"), "config");
					throw error;
				}
			},
		);
	const rendered = async (error: Error) =>
		renderFailure(await testApp([fails(error)]).catch((caught: unknown) => caught));
	expect(await rendered(new VisibleError("no port"))).toBe(
		"error: stack redis: no port\n  the last construct that was made is redis/proxy/config",
	);
	expect(await rendered(new TypeError("no such key"))).toMatch(
		/^error: stack redis: no such key\n {2}the last .* redis\/proxy\/config\nerror: this is a defect of infra.*\n {2}TypeError: no such key\n/,
	);
});

test("what the system does not let this user do says where, and what would be right", async () => {
	// Nobody makes a folder there, not even root.
	const failure = await mkdir("/sys/infra").catch(renderFailure);
	expect(failure).toMatch(
		/^error: (EACCES|EPERM|EROFS): [a-z -]+, mkdir '\/sys\/infra'\n {2}help: \/sys\/infra is not/,
	);
	expect(failure).toContain("work in a clone of your own");
	expect(await readFile("/sys/infra").catch(renderFailure)).not.toContain("help");
});

test("an interruption ends with the exit code of a shell", () => {
	expect([exitCodeOf(new Interrupted()), exitCodeOf(new Error("boom"))]).toEqual([130, 1]);
});

test("a held lock on a state names what finds and ends its holder, and not the run that asks for one", () => {
	const detail = `Error message: Workspace is already locked: default
Lock Info:
  ID:        1234
  Who:       asking@host

Terraform acquires a state lock to protect the state from being written. You can disable it with "-lock=false".`;
	const shown = (backend: Json) =>
		renderFailure(
			new TerraformError({
				stack: "redis",
				command: "plan",
				diagnostics: [{ severity: "error", summary: "Error acquiring the state lock", detail }],
				stateLock: stateLock(readDocument("redis", { terraform: { backend } }), "/out/stacks/redis"),
			}),
		);
	const postgres = shown({ pg: { conn_str: "postgres://tf@db:5432/state" } });
	expect(postgres).not.toMatch(/asking@host|-lock=false|force-unlock/);
	expect(postgres).toContain(
		"infra state show redis; if its machine is gone: infra state unlock redis --holder",
	);
	const local = shown({ local: { path: "../../../state/redis.tfstate" } });
	expect(local).toContain("Who:       asking@host");
	expect(local).toContain("fuser -v /state/redis.tfstate names it, and kill -INT <PID> ends it in order");
});
