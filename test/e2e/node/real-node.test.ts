import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { isRunning } from "../../../lab/lab-process.ts";
import { missingOf, missingPrograms, nodePrograms } from "../../../lab/needed-programs.ts";
import { busyboxImage } from "../../../lab/node/node-images.ts";
import { kyverno } from "../../../lab/products/kyverno.ts";
import { lackedBy } from "../../../lab/requirements.ts";
import { whyNotRendered } from "../charts/releases.ts";
import { execInPod } from "../harness/exec-in-pod.ts";
import { needs } from "../harness/needs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { machineState, processesBeside, spaceOf } from "./machine.ts";
import { NodesLab } from "./nodes-lab.ts";
import { policyCases } from "./policy-cases.ts";

const ready = needs("root", "nft", "runc", "containerd", "busybox");
const lab = new NodesLab();
/** Why Kyverno does not run beside the node; undefined where it does. */
let withoutKyverno: string | undefined = "the node has not started";
const before = ready ? machineState(lab.folder) : {};

beforeEach(({ skip }) => {
	const missing = [...missingPrograms(), ...missingOf(nodePrograms)];
	skip(missing.length > 0, `not on this machine: ${missing.join(", ")}; infra lab build --node builds them`);
});
afterAll(() => lab.end(), 30_000);

const pods = "/api/v1/namespaces/default/pods";
const deployments = "/apis/apps/v1/namespaces/default/deployments";
const soon = { within: 40_000, every: 200 };

/** Two pods that serve their own names, which an initial container writes. */
const two = {
	metadata: { name: "two" },
	spec: {
		replicas: 2,
		selector: { matchLabels: { app: "two" } },
		template: {
			metadata: { labels: { app: "two" } },
			spec: {
				terminationGracePeriodSeconds: 1,
				volumes: [{ name: "www", emptyDir: {} }],
				initContainers: [
					{
						name: "write",
						image: busyboxImage,
						command: ["sh", "-c", "hostname >/www/index.html; echo written"],
						volumeMounts: [{ name: "www", mountPath: "/www" }],
					},
				],
				containers: [
					{
						name: "web",
						image: busyboxImage,
						command: ["httpd", "-f", "-p", "8080", "-h", "/www"],
						volumeMounts: [{ name: "www", mountPath: "/www" }],
						readinessProbe: { periodSeconds: 1, httpGet: { path: "/ready", port: 8080 } },
						livenessProbe: {
							periodSeconds: 1,
							failureThreshold: 2,
							exec: { command: ["test", "-e", "/www/index.html"] },
						},
					},
				],
			},
		},
	},
};

const ofTwo = async (): Promise<string[]> =>
	(await lab.ask("GET", `${pods}?labelSelector=app%3Dtwo`)).body.items.map(
		({ metadata }: { metadata: { name: string } }) => metadata.name,
	);
const container = async (pod: string) =>
	(await lab.ask("GET", `${pods}/${pod}`)).body.status.containerStatuses[0];
const inWeb = (pod: string, ...command: string[]) =>
	execInPod(lab.lab, { namespace: "default", pod, container: "web" }, ...command);

describe("a node that runs containers", () => {
	test("is asked for by a number that a lab can have", async () => {
		const { code, output } = await lab.run("up", "--node", "0");
		expect(code).toBe(1);
		expect(output).toContain("a lab has 1 to 5 nodes that run containers");
	});

	test("starts beside simulated ones, and the lab says which images it has", async () => {
		const lacked = lackedBy(kyverno);
		withoutKyverno = lacked.length > 0 ? `not on this machine: ${lacked.join(", ")}` : await whyNotRendered();
		const product = withoutKyverno === undefined ? kyverno.name : "none";
		const { code, output } = await lab.run("up", "--node", "--with", product);
		expect({ code, output }).toMatchObject({ code: 0 });
		expect(output).toContain("real-1 run containers of");
		expect(output).toMatch(/redis:\S+ +(Debian's redis-server|its own files)/);
		expect((await lab.run("status")).output).toContain("pods with another image are simulated");
		expect(await lab.run("up", "--node", "2")).toEqual({
			code: 1,
			output: expect.stringContaining("the lab runs with 1 nodes that run containers"),
		});
	}, 300_000);

	test("is ready for pods with its images only, the others stay simulated", async () => {
		await lab.ask("POST", deployments, two);
		const image = "docker.io/library/python:3.12.8-alpine";
		const other = { metadata: { name: "other" }, spec: { containers: [{ name: "one", image }] } };
		expect((await lab.ask("POST", pods, other)).status).toBe(201);
		await waitFor("the simulated pod is ready", async () => (await container("other"))?.ready === true, soon);
		expect((await lab.ask("GET", `${pods}/other`)).body.spec.nodeName).toMatch(/^node-/);
		await waitFor(
			"both pods run",
			async () => {
				const { items } = (await lab.ask("GET", `${pods}?labelSelector=app%3Dtwo`)).body;
				return (
					items.length === 2 &&
					items.every(
						({ spec, status }: { spec: { nodeName: string }; status: { phase: string } }) =>
							spec.nodeName === "real-1" && status.phase === "Running",
					)
				);
			},
			soon,
		);
	}, 60_000);

	test("asks probes, runs commands, and gives logs", async () => {
		const [one = "", other = ""] = await ofTwo();
		expect((await container(one)).ready).toBe(false);
		for (const pod of [one, other]) await inWeb(pod, "touch", "/www/ready");
		await waitFor(
			"both are available",
			async () => (await lab.ask("GET", `${deployments}/two`)).body.status.availableReplicas === 2,
			soon,
		);
		expect(await inWeb(one, "wget", "-qO-", "http://127.0.0.1:8080/")).toBe(`${one}\n`);
		expect((await lab.ask("GET", `${pods}/${one}/log?container=write`)).body).toBe("written\n");
		await expect(inWeb(one, "sh", "-c", "echo no; exit 3")).rejects.toThrow(/exit code 3|\nno/);
		await inWeb(other, "rm", "/www/index.html");
		await waitFor("it is restarted", async () => (await container(other)).restartCount > 0, soon);
		// Its volume outlives its containers.
		await waitFor("it lives", async () => (await inWeb(other, "touch", "/www/index.html")) === "", soon);
		expect((await container(one)).restartCount).toBe(0);
	}, 90_000);

	test("forwards a Service to ready pods, at its address and at a port of the node", async () => {
		const services = "/api/v1/namespaces/default/services";
		const spec = { type: "NodePort", selector: { app: "two" }, ports: [{ port: 80, targetPort: 8080 }] };
		const { body } = await lab.ask("POST", services, { metadata: { name: "two" }, spec });
		const [one = "", other = ""] = await ofTwo();
		await inWeb(other, "rm", "-f", "/www/ready");
		await waitFor("only one is ready", async () => !(await container(other)).ready, soon);
		const { clusterIP, ports } = body.spec;
		// The client of busybox that fetches pages looks for names by itself, and breaks on the way.
		const fetch = 'printf "GET / HTTP/1.0\\r\\n\\r\\n" | nc -w 2 "$0" "$1"';
		for (const [address, port] of [
			[clusterIP, "80"],
			["10.77.0.1", String(ports[0].nodePort)],
		])
			for (const pod of [one, other])
				await waitFor(
					`${pod} reaches ${address}`,
					async () => (await inWeb(pod, "sh", "-c", fetch, address, port)).endsWith(`\r\n\r\n${one}\n`),
					{ within: 15_000, every: 500 },
				);
		expect(await inWeb(one, "getent", "hosts", "two")).toContain("two.default.svc.cluster.local");
		// Pods reach the API server, as its own Service.
		expect(await inWeb(one, "getent", "hosts", "kubernetes.default")).toContain("10.96.0.1 ");
		expect(await inWeb(one, "sh", "-c", fetch, "10.96.0.1", "443")).toContain("HTTPS server");
	}, 90_000);

	test("kills what takes more memory than its limit, and runs Jobs to their end", async () => {
		const hungry = {
			metadata: { name: "hungry" },
			spec: {
				restartPolicy: "Never",
				containers: [
					{
						name: "one",
						image: busyboxImage,
						command: ["tail", "/dev/zero"],
						resources: { limits: { memory: "20Mi" } },
					},
				],
			},
		};
		const template = {
			spec: {
				restartPolicy: "Never",
				containers: [{ name: "one", image: busyboxImage, command: ["sh", "-c", "exit 4"] }],
			},
		};
		const jobs = "/apis/batch/v1/namespaces/default/jobs";
		await lab.ask("POST", jobs, { metadata: { name: "fails" }, spec: { backoffLimit: 0, template } });
		await lab.ask("POST", pods, hungry);
		const state = async () => (await container("hungry"))?.state.terminated;
		await waitFor("it has ended", async () => (await state()) !== undefined, soon);
		expect(await state()).toMatchObject({ reason: "OOMKilled", exitCode: 137 });
		await waitFor(
			"it has failed",
			async () => (await lab.ask("GET", `${jobs}/fails`)).body.status.failed === 1,
			soon,
		);
	}, 60_000);

	describe("policies of Kyverno", () => {
		beforeEach(({ skip }) => skip(withoutKyverno !== undefined, withoutKyverno));
		policyCases(lab);
	});

	test("that is stopped leaves nothing on the machine", async () => {
		const stopped = lab.processes;
		expect(machineState(lab.folder)).not.toEqual(before);
		const inner = readFileSync(join(lab.folder, "nodes/network/network.pid"), "utf8");
		const space = spaceOf(`/proc/${inner}/ns/pid`);
		// Containers and what watches them among them.
		expect(processesBeside(space).length).toBeGreaterThan(5);
		const begin = performance.now();
		expect(await lab.run("down")).toEqual({ code: 0, output: "the lab is gone\n" });
		expect(performance.now() - begin).toBeLessThan(45_000);
		expect(stopped.some(isRunning)).toBe(false);
		expect(processesBeside(space)).toEqual([]);
		expect(machineState(lab.folder)).toEqual(before);
	}, 60_000);

	test.each([
		["control-plane", "logs"],
		["its network", "nodes/network/network.pid"],
		["a container runtime", "logs/containerd.log"],
	])(
		"whose start is killed after the start of %s is removed by its next command",
		async (_, file) => {
			const child = spawn(lab.program, ["lab", "up", "--node", "--with", "none"], {
				env: lab.env,
				stdio: "ignore",
				detached: true,
			});
			await waitFor("that has begun", () => existsSync(join(lab.folder, file)), {
				within: 60_000,
				every: 10,
			});
			process.kill(-(child.pid ?? 0), "SIGKILL");
			await once(child, "exit");
			expect(await lab.run("down")).toEqual({ code: 0, output: "the lab is gone\n" });
			expect(machineState(lab.folder)).toEqual(before);
		},
		90_000,
	);
});
