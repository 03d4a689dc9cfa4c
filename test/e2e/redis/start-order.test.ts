import { appendFileSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { needs, slow } from "../harness/needs.ts";
import { summary } from "../harness/scenario.ts";
import { since, waitFor } from "../harness/wait-for.ts";
import { execute, startDeployed } from "./deployed-lab.ts";
import type { LabNode } from "./lab-node.ts";
import type { RedisLab } from "./redis-lab.ts";

needs("root", "ip", "redis-server", "redis-cli", "haproxy", "dnsmasq");

/** Longest time from the acknowledgement of a write to its arrival in the append-only file (`everysec`). */
const fileDelay = 2500;
const keys = 60;

/** Writes through the proxy; each of them is acknowledged. */
async function write(lab: RedisLab, prefix: string): Promise<void> {
	const set = (key: string) => lab.client.command(lab.proxyTarget, ["SET", key, "kept"], 2000);
	await waitFor("writes are taken", () => set(`${prefix}:0`), { within: 90_000, every: 200 });
	// A replica that is busy for a moment makes a write unsafe, and the client asks again.
	for (let key = 1; key < keys; key++)
		await waitFor("a write is taken", () => set(`${prefix}:${key}`), { within: 20_000, every: 100 });
}

/** Keys of a prefix on the one master that is left. */
async function left(lab: RedisLab, prefix: string): Promise<number> {
	const master = await lab.soleMaster(60_000);
	return ((await master.command("KEYS", `${prefix}:*`)) as string[]).length;
}

/** The error of a probe that said no. */
const no = expect.objectContaining({ status: 1 });

/** All nodes lose power at once. */
async function powerOff(lab: RedisLab): Promise<void> {
	await sleep(fileDelay);
	const running = lab.nodes.filter(({ daemons: [server] }) => server?.running);
	await Promise.all(running.map((node) => node.written()));
	await Promise.all(lab.nodes.map((node) => node.kill()));
}

/** Starts nodes one after the other, and waits until writes are taken and every node follows the one master. */
async function boot(lab: RedisLab, nodes: readonly LabNode[], gap: number, name: string): Promise<void> {
	for (const node of nodes) {
		if (node !== nodes[0]) await sleep(gap);
		node.start();
	}
	const start = Date.now();
	await write(lab, "after");
	await waitFor(
		"all the others follow",
		async () => {
			const states = await Promise.all(nodes.map((node) => node.replication()));
			return (
				states.filter(({ master_link_status }) => master_link_status === "up").length >= nodes.length - 1
			);
		},
		{ within: 90_000, every: 200 },
	);
	summary(name, `writable and whole ${since(start) / 1000} s after the last start`);
}

// The cases mostly wait, so they run side by side.
const within = { timeout: 400_000 };
const others = (lab: RedisLab, ...but: LabNode[]) => lab.nodes.filter((node) => !but.includes(node));
const gaps = [0, 1000, 5000, 30_000];

describe.concurrent.for(gaps)("with %i ms from start to start", (gap) => {
	const only = (skip: Parameters<typeof slow>[0]) => {
		if (gap === 30_000) slow(skip);
	};

	test("a master that was replaced while it was away boots first", within, async ({ skip }) => {
		only(skip);
		using lab = await startDeployed();
		const away = await lab.soleMaster();
		await write(lab, "early");
		await away.kill();
		await write(lab, "late");
		const master = await lab.soleMaster();
		await powerOff(lab);
		// The worst order: the last master comes back last.
		await boot(
			lab,
			[away, ...others(lab, away, master), master],
			gap,
			`replaced master first, gap ${gap} ms`,
		);
		expect([await left(lab, "early"), await left(lab, "late")]).toEqual([keys, keys]);
	});

	test("a replica that was away, without a failover, boots first", within, async ({ skip }) => {
		only(skip);
		using lab = await startDeployed();
		const master = await lab.soleMaster();
		const [away, other] = others(lab, master) as [LabNode, LabNode];
		await away.kill();
		await write(lab, "late");
		await powerOff(lab);
		await boot(lab, [away, other, master], gap, `stale replica first, gap ${gap} ms`);
		expect(await left(lab, "late")).toBe(keys);
	});

	test.for([
		["the master's", true],
		["a replica's", false],
	] as const)(
		"%s volume is lost in an outage of all, and it boots first",
		within,
		async ([, ofMaster], { skip }) => {
			only(skip);
			using lab = await startDeployed();
			const master = await lab.soleMaster();
			await write(lab, "late");
			await powerOff(lab);
			const lost = ofMaster ? master : (others(lab, master)[0] as LabNode);
			rmSync(lost.volume, { recursive: true });
			await boot(
				lab,
				[lost, ...others(lab, lost)],
				gap,
				`volume lost (${ofMaster ? "master" : "replica"}), gap ${gap} ms`,
			);
			expect(await left(lab, "late")).toBe(keys);
		},
	);
});

test.concurrent("the master's volume is lost in an outage of all, and it boots last", within, async () => {
	using lab = await startDeployed();
	const master = await lab.soleMaster();
	await write(lab, "late");
	await powerOff(lab);
	rmSync(master.volume, { recursive: true });
	await boot(lab, [...others(lab, master), master], 5000, "volume of the master lost, it boots last");
	expect(await left(lab, "late")).toBe(keys);
});

test.concurrent(
	"a replica that stood still in the last seconds before an outage is not taken for as new as the other",
	within,
	async () => {
		using lab = await startDeployed();
		const master = await lab.soleMaster();
		// By their number, the first would be taken.
		const [still, other] = others(lab, master) as [LabNode, LabNode];
		await write(lab, "early");
		still.daemons[0]?.signal("SIGSTOP");
		await write(lab, "late");
		const offset = Number((await master.replication()).master_repl_offset);
		const noted = () => Number(readFileSync(join(other.volume, "offset"), "utf8").split(" ")[1]) >= offset;
		await waitFor("the other has noted how far it is", noted, { within: 20_000 });
		await Promise.all(lab.nodes.map((node) => node.kill()));
		rmSync(master.volume, { recursive: true });
		await boot(lab, [still, other, master], 0, "replica that stood still, volume of the master lost");
		expect([await left(lab, "early"), await left(lab, "late")]).toEqual([keys, keys]);
	},
);

test.concurrent(
	"the set is scaled to nothing and back, to fewer nodes than it once had",
	within,
	async () => {
		using lab = await startDeployed();
		await write(lab, "late");
		await Promise.all(lab.nodes.map((node) => node.stop()));
		const former = lab.node(0).name.replace("node-0", "node-3");
		for (const { volume } of lab.nodes)
			appendFileSync(
				join(volume, "sentinel.conf"),
				`sentinel known-sentinel mymaster ${former} 26379 ${"0123456789".repeat(4)}\n`,
			);
		await boot(lab, lab.nodes, 0, "scaled to nothing and back");
		expect(await left(lab, "late")).toBe(keys);
		for (const node of lab.nodes) {
			expect((await node.watched())["num-other-sentinels"]).toBe("2");
		}
	},
);

test.concurrent(
	"a set is founded again by the one node that holds data, as after the restore of a backup",
	within,
	async () => {
		using lab = await startDeployed();
		await write(lab, "late");
		await powerOff(lab);
		const restored = lab.node(1);
		for (const node of others(lab, restored)) rmSync(node.volume, { recursive: true });
		for (const file of ["redis.conf", "sentinel.conf"]) rmSync(join(restored.volume, file));
		await boot(lab, lab.nodes, 1000, "founded from a restored volume");
		expect(await left(lab, "late")).toBe(keys);
	},
);

describe.concurrent("a first start ever", () => {
	test("whose Sentinels start late, all but one, founds a set all the same", within, async () => {
		using lab = await startDeployed({}, { slowSentinels: 8000 });
		await write(lab, "early");
		expect(await left(lab, "early")).toBe(keys);
	});

	test.for([5000, 30_000])(
		"nodes that start %i ms apart found a set once all have answered",
		within,
		async (stagger, { skip }) => {
			if (stagger === 30_000) slow(skip);
			using lab = await startDeployed({}, { stagger });
			expect(await lab.soleMaster()).toBe(lab.node(0));
			const log = lab
				.node(0)
				.daemons.map((daemon) => daemon.log)
				.join("");
			// The one that comes next may answer before the first of its words.
			expect(log).toMatch(/waits: .*not heard from: .*redis-node-2/);
			await write(lab, "first");
		},
	);
});

test.concurrent(
	"a node that will never come back is given up, and what is left of the data is served",
	within,
	async () => {
		using lab = await startDeployed();
		const master = await lab.soleMaster();
		const [gone, kept] = others(lab, master) as [LabNode, LabNode];
		await write(lab, "late");
		await powerOff(lab);
		rmSync(master.volume, { recursive: true });
		const remaining = [master, kept];
		for (const node of remaining) node.start();
		const logs = () => remaining.flatMap((node) => node.daemons.map(({ log }) => log)).join("");
		await waitFor("they say why they wait", () => logs().includes(`not heard from: ${gone.name}`), {
			within: 20_000,
		});
		await sleep(5000);
		expect(await lab.masters()).toEqual([]);
		// The kubelet is to let them wait, and to send them no clients; but a server that hangs is to be restarted.
		const alive = (container: string, ...port: string[]) =>
			execute(kept, container, "alive.sh", container, ...port);
		for (const [container, ...port] of [["redis", "6379"], ["sentinel", "26379"], ["role"]] as const)
			await waitFor(`${container} is alive`, () => [alive(container, ...port)], { within: 30_000 });
		expect(() => execute(kept, "redis", "ready.sh")).toThrow(no);
		kept.daemons[0]?.signal("SIGSTOP");
		expect(() => alive("redis", "6379")).toThrow(no);
		kept.daemons[0]?.signal("SIGCONT");
		expect(logs()).toContain('see "A node that waits" in the runbook');
		for (const node of remaining) execute(node, "role", "give-up.sh", gone.name.split(".")[0] ?? "");
		await boot(lab, [], 0, "given up");
		expect(await left(lab, "late")).toBe(keys);
		// It does come back: what it had counts no more.
		gone.start();
		await waitFor("it follows", async () => (await gone.replication()).master_link_status === "up", {
			within: 60_000,
			every: 200,
		});
		expect(await left(lab, "late")).toBe(keys);
	},
);
