import { beforeAll, describe, expect, test } from "vitest";
import { waitFor } from "../harness/wait-for.ts";
import { isReady, type NodesLab, patient } from "./nodes-lab.ts";

const namespace = "redis";
const path = `/api/v1/namespaces/${namespace}`;
const set = `/apis/apps/v1/namespaces/${namespace}/statefulsets/redis-node`;
const nodes = ["redis-node-0", "redis-node-1", "redis-node-2"];

/** Redis as three pods on three nodes. @param able whether the lab is up */
export function redisCases(lab: NodesLab, able: boolean): void {
	const pods = () => lab.pods(namespace);
	const inRedis = (pod: string, ...command: string[]) =>
		lab.exec({ namespace, pod, container: "redis" }, ...command);
	const allReady = async () => {
		const { status } = (await lab.ask("GET", set)).body;
		return (
			status.readyReplicas === 3 &&
			status.updatedReplicas === 3 &&
			status.currentRevision === status.updateRevision
		);
	};

	/** Waits for a node that says that it is the master. @returns its name */
	const master = () =>
		waitFor(
			"a node is the master",
			async () => {
				for (const pod of nodes) {
					const info = await inRedis(pod, "redis-cli", "--user", "operator", "role").catch(() => "");
					if (info.startsWith("master")) return pod;
				}
				return false;
			},
			patient,
		);

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

	beforeAll(async () => {
		if (able) await lab.apply("redis");
	}, 600_000);

	describe("a set of three", { concurrent: false }, () => {
		test("is applied with its own scripts and probes: a data node on each, and the proxy", async () => {
			await waitFor("every container is ready", async () => (await pods()).every(isReady), patient);
			const found = await pods();
			expect(found.every(({ spec }) => spec.nodeName?.startsWith("real-"))).toBe(true);
			expect(
				found
					.filter(({ metadata }) => nodes.includes(metadata.name))
					.map(({ spec }) => spec.nodeName)
					.sort(),
			).toEqual(["real-1", "real-2", "real-3"]);
			expect(await inRedis("redis-node-1", "getent", "hosts", "redis-master")).toContain(
				"redis-master.redis.svc.cluster.local",
			);
			await startWriting();
		}, 300_000);

		test("loses no acknowledged write in a rollout, one node after the other", async () => {
			const before = new Set((await pods()).map(({ metadata }) => metadata.uid));
			await lab.restart(set);
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
			const { metadata, spec } = (await lab.ask("GET", `${path}/pods/${old}`)).body;
			await lab.cordoned(spec.nodeName, async () => {
				await lab.evict(namespace, old);
				// A pod that is not ready may go, whatever the budget.
				await waitFor(
					"the budget keeps another one that is ready",
					async () => {
						const other = (await pods()).find(
							(pod) => nodes.includes(pod.metadata.name) && pod.metadata.name !== old && isReady(pod),
						);
						if (other === undefined) return false;
						const { status, body } = await lab.tryEviction(namespace, other.metadata.name);
						return status === 429 && body.message.includes("disruption budget");
					},
					patient,
				);
				await waitFor("another node is the master", async () => (await master()) !== old, patient);
				await acknowledged(5);
				// The other nodes have a data node each. The evicted pod may still be there when its containers have ended.
				const next = await waitFor(
					"the scheduler finds no node for its successor",
					async () =>
						(await pods()).find(
							(pod) =>
								pod.metadata.name === old &&
								pod.metadata.uid !== metadata.uid &&
								pod.status.conditions?.some(
									({ type, reason }) => type === "PodScheduled" && reason === "Unschedulable",
								),
						),
					patient,
				);
				expect(next.status.phase).toBe("Pending");
				expect(next.spec.nodeName).toBeUndefined();
			});
			await waitFor("all are ready", allReady, patient);
			expect(await lost()).toEqual([]);
		}, 300_000);

		test("all of it stopped at once starts with its data", async () => {
			const scale = async (replicas: number) => {
				await lab.change(`${set}/scale`, (object) => {
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
}
