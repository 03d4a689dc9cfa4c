import { spawn } from "node:child_process";
import { once } from "node:events";
import {
	chmodSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { origin } from "../../lab/build.ts";
import { ControlPlaneFiles } from "../../lab/control-plane.ts";
import { isRunning, type LabProcess, stopProcesses } from "../../lab/lab-process.ts";
import { furtherPrograms, labPrograms } from "../../lab/needed-programs.ts";
import { products, productsNamed } from "../../lab/products/products.ts";

import { infra } from "./infra-process.ts";

const folder = mkdtempSync(join(tmpdir(), "infra-lab-unit-"));
afterAll(() => rmSync(folder, { recursive: true }));

const ports = { etcd: 1, etcdPeer: 2, api: 3, controllers: 4, scheduler: 5, kwok: 6 };

describe("programs of the lab", () => {
	test("have a version in tools/ unless packages bring them", () => {
		expect(
			[...labPrograms, ...furtherPrograms]
				.map(origin)
				.filter((from) => !/^tools\/, v\d+\.\d+\.\d+$/.test(from)),
		).toEqual([
			"its own packages",
			"apt-get install postgresql",
			"its own packages",
			"its own packages",
			"apt-get install containerd",
			"apt-get install runc",
			"apt-get install containernetworking-plugins",
			"apt-get install busybox",
			"apt-get install openssl",
		]);
	});

	test("are taken from the folder of assets before all others", async () => {
		writeFileSync(join(folder, "etcd"), "");
		chmodSync(join(folder, "etcd"), 0o755);
		vi.stubEnv("KUBEBUILDER_ASSETS", folder);
		vi.resetModules();
		const { findProgram } = await import("../../lab/find-program.ts");
		expect(findProgram("etcd")).toBe(join(folder, "etcd"));
		expect(findProgram("no-such-program", "etcd")).toBe(join(folder, "etcd"));
		expect(findProgram("no-such-program")).toBeUndefined();
		vi.unstubAllEnvs();
	});
});

describe("products of the lab", () => {
	const named = (list: string) => productsNamed(list).map(({ name }) => name);

	test("are named with commas, in any order, or all at once, or none", () => {
		expect(named("kyverno, external-secrets")).toEqual(["external-secrets", "kyverno"]);
		expect(named("all")).toEqual(products.map(({ name }) => name));
		expect(named("none")).toEqual([]);
		expect(named("woodpecker")).toEqual(["gitea", "woodpecker"]);
	});

	test.for(["kyverno,traffic", "", "Kyverno", "kyverno;external-secrets"])(
		"that do not exist are refused with those that do: %s",
		(list) => {
			expect(() => productsNamed(list)).toThrow(
				expect.objectContaining({ hint: expect.stringContaining("external-secrets, kyverno") }),
			);
		},
	);

	test("whose programs are missing are refused before anything starts", async () => {
		const empty = join(folder, "cache");
		mkdirSync(empty);
		const { code, stderr } = await infra(["lab", "up", "--with", "kyverno"], {
			env: { XDG_CACHE_HOME: empty, INFRA_LAB: join(folder, "lab"), KUBEBUILDER_ASSETS: everyLabProgram() },
		});
		expect([code, stderr]).toEqual([
			1,
			expect.stringMatching(
				/kyverno needs kyverno, [\s\S]*help: infra lab build kyverno builds it, or says where it belongs/,
			),
		]);
		expect(existsSync(join(folder, "lab"))).toBe(false);
	});

	/** A folder with something of the name of each program that the lab starts. */
	function everyLabProgram(): string {
		const assets = join(folder, "assets");
		mkdirSync(assets);
		for (const { names } of labPrograms) writeFileSync(join(assets, names[0]), "", { mode: 0o755 });
		return assets;
	}
});

describe("the control plane", () => {
	test("listens on loopback and nowhere else", () => {
		const files = new ControlPlaneFiles(folder, ports);
		const all = [
			files.etcd,
			files.apiServer,
			files.controllers,
			files.scheduler,
			files.kwok("stages.yaml", "198.51.100.0/24"),
		];
		const addresses = all.flatMap(({ args }) =>
			args.flatMap((arg) => arg.match(/\d+\.\d+\.\d+\.\d+(?!\/)/g) ?? []),
		);
		expect(new Set(addresses)).toEqual(new Set(["127.0.0.1"]));
	});

	test("keeps keys and tokens to its owner", () => {
		new ControlPlaneFiles(folder, ports);
		for (const name of ["accounts.key", "tokens.csv", "admin.json"])
			expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
	});

	test("gives each of its parts a token and a name of its own", () => {
		new ControlPlaneFiles(folder, ports);
		const lines = readFileSync(join(folder, "tokens.csv"), "utf8").trimEnd().split("\n");
		expect(new Set(lines.map((line) => line.split(",")[0])).size).toBe(4);
		expect(lines.map((line) => line.split(",")[1])).toEqual([
			"admin",
			"kwok",
			"system:kube-controller-manager",
			"system:kube-scheduler",
		]);
	});
});

describe("a process of the lab", () => {
	const processOf = (pid: number, startTime: string): LabProcess => ({
		name: "sleep",
		file: "/bin/sleep",
		pid,
		startTime,
		log: "",
	});
	const startTimeOf = (pid: number) =>
		readFileSync(`/proc/${pid}/stat`, "utf8")
			.replace(/^.*\) /s, "")
			.split(" ")[19] ?? "";

	test("is told from another that got its number later", async () => {
		const child = spawn("sleep", ["60"]);
		await once(child, "spawn");
		const pid = child.pid ?? 0;
		const own = processOf(pid, startTimeOf(pid));
		const former = processOf(pid, "1");
		expect([isRunning(own), isRunning(former)]).toEqual([true, false]);
		await stopProcesses([former]);
		expect(isRunning(own)).toBe(true);
		const ended = once(child, "exit");
		await stopProcesses([own]);
		expect((await ended)[1]).toBe("SIGTERM");
	});

	test("that does not listen is ended all the same", async () => {
		const child = spawn("sh", ["-c", 'trap "" TERM; echo deaf; while :; do sleep 0.1; done']);
		await once(child.stdout, "data");
		const pid = child.pid ?? 0;
		const ended = once(child, "exit");
		await stopProcesses([processOf(pid, startTimeOf(pid))]);
		expect((await ended)[1]).toBe("SIGKILL");
	});
});

test("the stages are YAML, and each says what it selects", () => {
	const text = readFileSync(join(import.meta.dirname, "../../lab/files/stages.yaml"), "utf8");
	const stages = text.split("\n---\n").map((part) => parse(part));
	expect(stages.map(({ metadata }) => metadata.name)).toEqual([
		"node-ready",
		"pod-ready",
		"job-pod-complete",
		"job-pod-fail",
		"pod-delete",
		"claim-provision",
	]);
	expect(stages.every(({ spec }) => spec.selector.matchExpressions.length > 0)).toBe(true);
});
