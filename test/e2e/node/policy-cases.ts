import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import world from "../../../config/sites/lab.ts";
import { imageFound, waysToRoot } from "../../../lab/image-root.ts";
import { isRunning } from "../../../lab/lab-process.ts";
import { busyboxImage } from "../../../lab/node/node-images.ts";
import { internet } from "../../../lab/node/nodes.ts";
import { kyverno } from "../../../lab/products/kyverno.ts";
import { waitFor } from "../harness/wait-for.ts";
import { applyPolicies } from "../platform/kyverno-policies.ts";
import { tenant } from "../platform/kyverno-world.ts";
import { isReady, type NodesLab, patient } from "./nodes-lab.ts";

const namespace = "shop";
const path = `/api/v1/namespaces/${namespace}`;
const port = 8080;

/** Image whose nc(1) can look whether a port answers, as the site's can and the one of Debian's busybox cannot. */
const waitImage = world.mail.image;

/** A pod with a limit of its own for the processor, and none for memory. */
const pod = (name: string, command: readonly string[], annotations: object = {}) => ({
	metadata: { name, labels: { app: name }, annotations },
	spec: {
		terminationGracePeriodSeconds: 0,
		containers: [{ name: "one", image: busyboxImage, command, resources: { limits: { cpu: "500m" } } }],
	},
});
const idle = ["tail", "-f", "/dev/null"];
const serves = ["httpd", "-f", "-p", String(port)];
const dependsOn = (value: string) => ({ "dependency.kyverno.io/wait-for": value });

/** The policies of the stack `platform`, seen from inside the containers that they are made for. */
export function policyCases(lab: NodesLab): void {
	const inPod = (...command: readonly string[]) =>
		lab.exec({ namespace, pod: "served", container: "one" }, ...command);

	const runs = async (name: string) =>
		(await lab.pods(namespace)).some((one) => one.metadata.name === name && isReady(one));

	test("come into force for a namespace with a tier", async () => {
		const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-policies-`));
		await applyPolicies((method, at, body) => lab.ask(method, at, body), folder, { waitImage }).finally(() =>
			rmSync(folder, { recursive: true }),
		);
		await lab.create("/api/v1/namespaces", { metadata: { name: namespace, labels: { tier: "4-aux" } } });
		await waitFor(
			"the policies act in the namespace",
			async () => {
				const { body } = await lab.ask("POST", `${path}/pods?dryRun=All`, pod("tried", idle));
				return body.spec?.dnsConfig && body.spec.containers[0].resources.limits?.memory;
			},
			{ within: 60_000, every: 300 },
		);
		await lab.create(`${path}/pods`, pod("served", serves));
		await waitFor("the pod runs", () => runs("served"), patient);
	}, 300_000);

	describe.concurrent("where they act", () => {
		test("a pod runs with the priority of its tier", async () => {
			const { spec } = (await lab.ask("GET", `${path}/pods/served`)).body;
			expect(spec).toMatchObject({ priorityClassName: "tier-4-aux", priority: 200_000 });
			expect(spec.nodeName).toMatch(/^real-/);
		});

		test("its memory is limited, and no processor is, as its control group says", async () => {
			const { resources } = (await lab.ask("GET", `${path}/pods/served`)).body.spec.containers[0];
			// Of the first version, or of the second.
			const group = async (old: string, now: string) =>
				(
					await inPod("sh", "-c", `cat /sys/fs/cgroup/${old} 2>/dev/null || cat /sys/fs/cgroup/${now}`)
				).trim();
			const memory = await group("memory/memory.limit_in_bytes", "memory.max");
			expect(`${Number(memory) / 1024 ** 2}Mi`).toBe(resources.limits.memory);
			expect(await group("cpu/cpu.cfs_quota_us", "cpu.max")).toMatch(/^(-1$|max )/);
		});

		test("names with two dots are asked once, others first inside of the cluster", async () => {
			expect(await inPod("cat", "/etc/resolv.conf")).toMatch(/^options ndots:2$/m);
			const asked = (name: string) =>
				readFileSync(join(lab.folder, "logs/coredns.log"), "utf8")
					.split("\n")
					.flatMap((line) => / "A IN (\S+) /.exec(line)?.[1] ?? [])
					.filter((one) => one.startsWith(`${name}.`));
			const resolves = async (name: string) => (await inPod("getent", "ahostsv4", name)).split(/\s/)[0];
			expect(await resolves("client.example.net")).toBe(internet["client.example.net"]);
			expect(asked("client.example.net")).toEqual(["client.example.net."]);
			expect(await resolves("kubernetes.default")).toBe("10.96.0.1");
			expect(asked("kubernetes.default")).toContain(`kubernetes.default.${namespace}.svc.cluster.local.`);
			expect(asked("kubernetes.default")).not.toContain("kubernetes.default.");
		});

		test("a pod is held back until what it names answers", async ({ skip }) => {
			skip(!(await imageFound(waitImage)), `no image with nc -z: ${waysToRoot(waitImage)} enables it`);
			await lab.create(`${path}/pods`, pod("waits", idle, dependsOn(`later.${namespace}:${port}`)));
			const status = async () => (await lab.ask("GET", `${path}/pods/waits`)).body.status;
			const waits = async () => (await status()).initContainerStatuses?.[0]?.state;
			await waitFor("it waits in a container", async () => (await waits())?.running, patient);
			const spec = { selector: { app: "served" }, ports: [{ port }] };
			const before = Date.now();
			await lab.create(`${path}/services`, { metadata: { name: "later" }, spec });
			await waitFor("it runs", () => runs("waits"), patient);
			const { exitCode, finishedAt } = (await waits()).terminated;
			expect(exitCode).toBe(0);
			// In whole seconds.
			expect(Date.parse(finishedAt)).toBeGreaterThan(before - 1000);
		}, 300_000);

		test("a pod that a policy refuses comes to no node", async () => {
			const privileged = pod("privileged", idle);
			const [one] = privileged.spec.containers;
			await lab.create("/api/v1/namespaces", { metadata: { name: "tenant", labels: tenant } });
			const refusals = [
				[
					"containers must not be privileged",
					"tenant",
					{ ...one, securityContext: { privileged: true } },
					{},
				],
				["expected host:port", namespace, one, dependsOn("served")],
			] as const;
			for (const [message, where, container, annotations] of refusals) {
				const pods = `/api/v1/namespaces/${where}/pods`;
				const refused = { metadata: { name: "refused", annotations }, spec: { containers: [container] } };
				// A namespace is known there a moment after it was made.
				await waitFor(
					`${message} is said`,
					async () => {
						const { status, body } = await lab.ask("POST", `${pods}?dryRun=All`, refused);
						return status === 400 && body.message.includes(message);
					},
					{ within: 30_000 },
				);
				expect((await lab.ask("POST", pods, refused)).status).toBe(400);
				expect((await lab.ask("GET", `${pods}/refused`)).status).toBe(404);
			}
		});
	});

	test("are gone with Kyverno: a pod runs as it is, and no policy can be changed", async () => {
		const programs = kyverno.programs.flatMap(({ names }) => names);
		const engine = lab.processes.filter(({ name }) => programs.includes(name));
		expect(engine).toHaveLength(programs.length);
		for (const { pid } of engine) process.kill(pid, "SIGKILL");
		await waitFor("it has ended", () => !engine.some(isRunning), { within: 20_000 });
		await lab.create(`${path}/pods`, pod("alone", idle, dependsOn("nobody.example.net:1")));
		await waitFor(
			"the pod runs",
			async () => (await lab.pods(namespace)).some((one) => one.metadata.name === "alone" && isReady(one)),
			patient,
		);
		const { spec } = (await lab.ask("GET", `${path}/pods/alone`)).body;
		expect([spec.dnsConfig, spec.initContainers]).toEqual([undefined, undefined]);
		expect(spec.containers[0].resources.limits.cpu).toBe("500m");
		const late = { apiVersion: "kyverno.io/v1", kind: "ClusterPolicy", metadata: { name: "late" } };
		const { body } = await lab.ask("POST", "/apis/kyverno.io/v1/clusterpolicies", {
			...late,
			spec: { rules: [] },
		});
		expect(body.message).toContain("failed calling webhook");
	}, 300_000);
}
