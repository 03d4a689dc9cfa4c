import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { missingOf, missingPrograms, nodePrograms } from "../../../lab/needed-programs.ts";
import { externalSecrets } from "../../../lab/products/external-secrets.ts";
import { lackedBy } from "../../../lab/requirements.ts";
import { execInPod } from "../harness/exec-in-pod.ts";
import { LabCommand } from "../harness/lab-command.ts";
import { needs, slow } from "../harness/needs.ts";
import { waitFor } from "../harness/wait-for.ts";

const possible =
	needs("root", "nft", "runc", "containerd", "busybox", "redis-server", "redis-sentinel", "haproxy") &&
	[...missingPrograms(), ...missingOf(nodePrograms), ...lackedBy(externalSecrets)].length === 0;
const lab = new LabCommand();

const namespace = "redis";
const path = `/api/v1/namespaces/${namespace}`;
const set = `/apis/apps/v1/namespaces/${namespace}/statefulsets/redis-node`;
const nodes = ["redis-node-0", "redis-node-1", "redis-node-2"];
const patient = { within: 120_000, every: 500 };

interface Pod {
	readonly metadata: { readonly name: string; readonly uid: string };
	readonly spec: { readonly nodeName?: string };
	readonly status: {
		readonly containerStatuses?: readonly { readonly ready: boolean; readonly restartCount: number }[];
	};
}

const pods = async (): Promise<readonly Pod[]> => (await lab.ask("GET", `${path}/pods`)).body.items;
const inRedis = (pod: string, ...command: string[]) =>
	execInPod(lab.lab, { namespace, pod, container: "redis" }, ...command);
const allReady = async () => {
	const { status } = (await lab.ask("GET", set)).body;
	return (
		status.readyReplicas === 3 &&
		status.updatedReplicas === 3 &&
		status.currentRevision === status.updateRevision
	);
};

/** Reads an object, changes it, and writes it back. */
async function change(at: string, edit: (object: never) => void): Promise<void> {
	await waitFor(
		`${at} is changed`,
		async () => {
			const { body } = await lab.ask("GET", at);
			edit(body as never);
			return (await lab.ask("PUT", at, body)).status === 200;
		},
		{ within: 10_000 },
	);
}

/** Name of the node that says that it is the master. */
async function master(): Promise<string> {
	for (const pod of nodes) {
		const info = await inRedis(pod, "redis-cli", "--user", "operator", "role").catch(() => "");
		if (info.startsWith("master")) return pod;
	}
	throw new Error("no node is the master");
}

/** A client in a pod of its own: it counts, by the Service of the master, and prints what was acknowledged. */
async function startWriting(): Promise<void> {
	const { body } = await lab.ask("GET", `${path}/pods/redis-node-0`);
	const script = `i=0
while :; do
	i=$((i + 1))
	[ "$(timeout 2 redis-cli -h redis-master set "count:$i" "$i" 2>&1)" = OK ] && echo "$i"
	sleep 0.05
done`;
	const answer = await lab.ask("POST", `${path}/pods`, {
		metadata: { name: "writer" },
		spec: {
			terminationGracePeriodSeconds: 0,
			containers: [
				{
					name: "redis",
					image: body.spec.containers[0].image,
					command: ["sh", "-c", script],
					resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi" } },
				},
			],
		},
	});
	expect(answer.status).toBe(201);
	await acknowledged(5);
}

/** Waits for more acknowledged writes. @returns all of them */
async function acknowledged(more: number): Promise<readonly string[]> {
	const seen = async () => {
		const { status, body } = await lab.ask("GET", `${path}/pods/writer/log`);
		return status === 200
			? String(body)
					.split("\n")
					.filter((line) => /^\d+$/.test(line))
			: [];
	};
	const before = (await seen()).length;
	return await waitFor(
		`${more} more writes are acknowledged`,
		async () => {
			const now = await seen();
			return now.length >= before + more && now;
		},
		{ within: 60_000, every: 300 },
	);
}

/** Acknowledged writes that the master does not know any more. */
async function lost(): Promise<readonly string[]> {
	const written = await acknowledged(5);
	const known = await inRedis(
		await master(),
		...["sh", "-c", 'redis-cli --user operator --scan --pattern "count:*" 2>/dev/null'],
	);
	const names = new Set(known.split("\n"));
	return written.filter((number) => !names.has(`count:${number}`));
}

const evict = (pod: string) =>
	lab.ask("POST", `${path}/pods/${pod}/eviction`, {
		apiVersion: "policy/v1",
		kind: "Eviction",
		metadata: { name: pod },
	});
const cordon = (node: string, unschedulable: boolean) =>
	change(`/api/v1/nodes/${node}`, (object: { spec: { unschedulable: boolean } }) => {
		object.spec.unschedulable = unschedulable;
	});

describe("Redis on nodes that run containers", () => {
	let problem = "";
	beforeEach(({ skip }) => {
		skip(!possible, "not on this machine: infra doctor says what infra lab up --node lacks");
		slow(skip);
	});
	beforeAll(async () => {
		if (!possible || !inject("slow")) return;
		const started = await lab.run("up", "--node", "3", "--with", "external-secrets");
		if (started.code !== 0) throw new Error(started.output);
		const applied = await lab.run("apply", "storage", "vault", "redis");
		if (applied.code !== 0) problem = applied.output;
	}, 400_000);
	afterAll(() => lab.end(), 60_000);

	test("is applied with its own scripts and probes: a data node on each, and the proxy", async () => {
		expect(problem).toBe("");
		const found = await pods();
		expect(
			found
				.filter(({ metadata }) => nodes.includes(metadata.name))
				.map(({ spec }) => spec.nodeName)
				.sort(),
		).toEqual(["real-1", "real-2", "real-3"]);
		for (const { metadata, spec, status } of found) {
			expect(spec.nodeName, metadata.name).toMatch(/^real-/);
			expect(
				status.containerStatuses?.every(({ ready }) => ready),
				metadata.name,
			).toBe(true);
		}
		expect(await inRedis("redis-node-1", "getent", "hosts", "redis-master")).toContain(
			"redis-master.redis.svc.cluster.local",
		);
		await startWriting();
	}, 60_000);

	test("is what the lab verifies", async () => {
		const { output } = await lab.run("verify", "--json");
		const verdicts: { claim: string; problem: string }[] = JSON.parse(output);
		expect(verdicts.filter(({ claim }) => /containers/.test(claim))).toHaveLength(2);
		expect(verdicts.filter(({ problem }) => problem !== "")).toEqual([]);
	}, 90_000);

	test("loses no acknowledged write in a rollout, one node after the other", async () => {
		const before = new Set((await pods()).map(({ metadata }) => metadata.uid));
		await change(
			set,
			(object: { spec: { template: { metadata: { annotations: Record<string, string> } } } }) => {
				object.spec.template.metadata.annotations["lab/restarted"] = "yes";
			},
		);
		let fewest = 3;
		await waitFor(
			"every node is new",
			async () => {
				const now = (await pods()).filter(({ metadata }) => nodes.includes(metadata.name));
				const ready = now.filter(({ status }) => status.containerStatuses?.every((one) => one.ready));
				fewest = Math.min(fewest, ready.length);
				return (
					now.length === 3 && now.every(({ metadata }) => !before.has(metadata.uid)) && (await allReady())
				);
			},
			{ within: 240_000, every: 500 },
		);
		expect(fewest).toBeGreaterThanOrEqual(2);
		expect(await lost()).toEqual([]);
	}, 300_000);

	test("a drain moves the master first, and the disruption budget keeps a second node", async () => {
		const old = await master();
		const { body } = await lab.ask("GET", `${path}/pods/${old}`);
		await cordon(body.spec.nodeName, true);
		expect((await evict(old)).status).toBe(201);
		const other = nodes.find((pod) => pod !== old) ?? "";
		const second = await evict(other);
		expect(second.status).toBe(429);
		expect(second.body.message).toContain("disruption budget");
		await waitFor("another node is the master", async () => (await master()) !== old, patient);
		await acknowledged(5);
		// Its node is the only one without a data node: it waits for it.
		const { status } = (await lab.ask("GET", `${path}/pods/${old}`)).body;
		expect(status?.phase ?? "gone").not.toBe("Succeeded");
		await cordon(body.spec.nodeName, false);
		await waitFor("all are ready", allReady, patient);
		expect(await lost()).toEqual([]);
	}, 300_000);

	test("all of it stopped at once starts with its data", async () => {
		const scale = async (replicas: number) => {
			await change(`${set}/scale`, (object: { spec: { replicas: number } }) => {
				object.spec.replicas = replicas;
			});
		};
		await scale(0);
		await waitFor(
			"all have ended",
			async () => !(await pods()).some(({ metadata }) => nodes.includes(metadata.name)),
			patient,
		);
		await scale(3);
		await waitFor("all are ready", allReady, patient);
		expect(await lost()).toEqual([]);
	}, 300_000);
});
