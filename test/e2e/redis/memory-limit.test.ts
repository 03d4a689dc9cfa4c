import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { formatBytes } from "../../../config/schema/primitives.ts";
import { renderRedisConf } from "../../../constructs/redis/redis-conf.ts";
import { redisTopology } from "../../../constructs/redis/topology.ts";
import { Client } from "../harness/client.ts";
import type { Daemon } from "../harness/daemon.ts";
import type { Host } from "../harness/host.ts";
import { MemoryCgroup } from "../harness/memory-cgroup.ts";
import { needs, slow } from "../harness/needs.ts";
import { Network } from "../harness/network.ts";
import { summary } from "../harness/scenario.ts";
import { waitFor } from "../harness/wait-for.ts";
import { siteWith } from "./deployed-lab.ts";

needs("root", "ip", "redis-server");

const valueSize = 100_000;
const smallest = 256 * 1024 ** 2;
type Skip = (condition: boolean, note: string) => void;

/** A master below the memory limit of its container, and two replicas without one. */
class LimitedMaster {
	readonly network = new Network();
	readonly client: Client;
	readonly target = { host: "10.96.1.1", port: 6379 };
	readonly master: Daemon;
	readonly replicas: readonly Daemon[];
	readonly #conf: string;

	constructor(cgroup: MemoryCgroup, memory: number) {
		this.#conf = renderRedisConf(redisTopology(siteWith({ memory: formatBytes(memory) })));
		const [host, ...others] = [1, 2, 3].map((number) =>
			this.network.addHost(`redis-${number}`, `10.96.1.${number}/16`),
		);
		this.client = new Client(this.network.addHost("client", "10.96.3.1/16"));
		if (host === undefined) throw new Error("a network has hosts");
		this.master = this.#start(host, cgroup);
		this.replicas = others.map((other) => this.#start(other));
	}

	#start(host: Host, cgroup?: MemoryCgroup): Daemon {
		const dir = join(host.folder, "data");
		mkdirSync(dir);
		const file = join(host.folder, "redis.conf");
		const role = cgroup === undefined ? `replicaof ${this.target.host} ${this.target.port}\n` : "";
		writeFileSync(file, `${this.#conf}dir ${dir}\n${role}`);
		const daemon = host.start("redis", "redis-server", [file]);
		cgroup?.add(daemon.pid);
		return daemon;
	}

	ask(...args: string[]) {
		return this.client.command(this.target, args, 5000);
	}

	async info(field: string): Promise<number> {
		return Number(new RegExp(`^${field}:(\\d+)`, "m").exec(String(await this.ask("INFO")))?.[1]);
	}

	/** Memory of the master that no file backs, in MiB. */
	get resident(): number {
		const status = readFileSync(`/proc/${this.master.pid}/status`, "utf8");
		return Math.round(Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1]) / 1024);
	}

	async ready(): Promise<void> {
		// A replica that is connected and still synchronises does not make a write safe yet.
		const good = async () => (await this.info("min_slaves_good_slaves")) === 2;
		await waitFor("both replicas follow", good, { within: 60_000, every: 200 });
	}

	/** Fills the master until it takes no more, and then leaves as little room as overwriting needs. */
	async fill(): Promise<number> {
		const value = "x".repeat(valueSize);
		for (let count = 0; ; count++)
			try {
				await this.write("SET", `key:${count}`, value);
			} catch (error) {
				expect((error as Error).message).toMatch(/^OOM /);
				const kept = Math.floor(count * 0.85);
				for (let key = kept; key < count; key++) await this.write("DEL", `key:${key}`);
				return kept;
			}
	}

	/** A replica that is busy with what it got acknowledges late: the write is refused, and is tried again. */
	async write(...args: string[]): Promise<void> {
		const end = Date.now() + 60_000;
		for (;;)
			try {
				await this.ask(...args);
				return;
			} catch (error) {
				if (!(error as Error).message.startsWith("NOREPLICAS") || Date.now() > end) throw error;
				await sleep(200);
			}
	}

	/** Makes a forked child take some seconds, as a slow disk or network does. */
	async slowChildren(keys: number): Promise<void> {
		await waitFor("no child is left", async () => (await this.info("aof_rewrite_in_progress")) === 0, {
			within: 30_000,
		});
		await this.ask("CONFIG", "SET", "rdb-key-save-delay", String(Math.ceil(4e6 / keys)));
	}

	/** Writes the same keys over and over, as fast as a replica can follow. @param bytes in all */
	async overwrite(keys: number, bytes: number): Promise<void> {
		const times = Math.ceil(bytes / valueSize);
		const command = ["SET", "key:#", "y".repeat(valueSize)];
		expect(await this.client.repeat(this.target, command, { keys, times, pause: 4 })).toBeGreaterThan(
			times * 0.9,
		);
	}

	[Symbol.dispose](): void {
		for (const replica of this.replicas) replica.signal("SIGCONT");
		this.client[Symbol.dispose]();
		this.network[Symbol.dispose]();
	}
}

describe.for([
	["the smallest limit that a site may have", smallest],
	["the limit of the sites", siteWith().redis.memory],
] as const)("a full master below %s", ([, memory]) => {
	const limited = async (skip: Skip, scenario: (lab: LimitedMaster, keys: number) => Promise<void>) => {
		if (memory > smallest) slow(skip);
		const cgroup = MemoryCgroup.make(memory);
		if (cgroup === undefined)
			return skip(true, "memory cgroups: a kernel that lets root make them enables it");
		try {
			using lab = new LimitedMaster(cgroup, memory);
			await lab.ready();
			const keys = await lab.fill();
			expect(keys).toBeGreaterThan(300);
			await scenario(lab, keys);
			expect(cgroup.kills).toBe(0);
			expect(lab.master.running).toBe(true);
			expect(await lab.ask("PING")).toBe("PONG");
			await lab.master.kill();
			await Promise.all(lab.replicas.map((replica) => replica.kill()));
		} finally {
			await waitFor("the group is empty", () => removed(cgroup), { within: 30_000 });
		}
	};
	const removed = (cgroup: MemoryCgroup) => {
		cgroup.remove();
		return true;
	};

	test("outlives a replica that stands still while the keys are overwritten", async ({ skip }) => {
		await limited(skip, async (lab, keys) => {
			lab.replicas[0]?.signal("SIGSTOP");
			await lab.overwrite(keys, 0.6 * memory);
			await waitFor("it is cut off", async () => (await lab.info("connected_slaves")) === 1, {
				within: 60_000,
			});
			summary("stalled replica", `master at ${lab.resident} MiB of ${memory / 1024 ** 2}`);
			// It resynchronises: the master forks beside a full set of keys that are being written to.
			await lab.slowChildren(keys);
			lab.replicas[0]?.signal("SIGCONT");
			await lab.overwrite(keys, 0.4 * memory);
			summary("replica back", `master at ${lab.resident} MiB of ${memory / 1024 ** 2}`);
		});
	});

	test("outlives clients that ask for everything and read nothing", async ({ skip }) => {
		await limited(skip, async (lab, keys) => {
			const queries = Array.from({ length: keys }, (_, key) => `GET key:${key}\r\n`).join("");
			for (let client = 0; client < 20; client++) await lab.client.ignore(lab.target, queries.repeat(3));
			await sleep(2000);
			summary("clients that do not read", `master at ${lab.resident} MiB of ${memory / 1024 ** 2}`);
		});
	});

	test("outlives values larger than any client may send", async ({ skip }) => {
		await limited(skip, async (lab) => {
			const size = memory;
			for (let client = 0; client < 5; client++)
				await lab.client.ignore(
					lab.target,
					`*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$${size}\r\n${"z".repeat(60_000_000)}`,
				);
			await sleep(1000);
			expect(await lab.ask("EXISTS", "big")).toBe(0);
		});
	});

	test("outlives the rewriting of its append-only file while every key is overwritten", async ({ skip }) => {
		await limited(skip, async (lab, keys) => {
			await lab.slowChildren(keys);
			await lab.ask("BGREWRITEAOF");
			await lab.overwrite(keys, 0.4 * memory);
			summary("rewritten under load", `master at ${lab.resident} MiB of ${memory / 1024 ** 2}`);
		});
	});
});
