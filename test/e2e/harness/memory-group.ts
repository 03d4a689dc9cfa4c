import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where the kernel limits memory, and what it calls things there: cgroup v2 alone, or the controller of v1. */
const hierarchies = [
	{
		root: "/sys/fs/cgroup",
		marker: "cgroup.subtree_control",
		limit: "memory.max",
		peak: "memory.peak",
		kills: "memory.events",
	},
	{
		root: "/sys/fs/cgroup/memory",
		marker: "memory.limit_in_bytes",
		limit: "memory.limit_in_bytes",
		peak: "memory.max_usage_in_bytes",
		kills: "memory.oom_control",
	},
] as const;

let groups = 0;

/** A control group with a limit of memory, as the kubelet makes one for a container (cgroups(7)). */
export class MemoryGroup {
	readonly #folder: string;
	readonly #files: (typeof hierarchies)[number];

	/** @param limit bytes; @returns nothing where this machine lets nobody limit memory */
	static of(limit: number): MemoryGroup | undefined {
		try {
			return new MemoryGroup(limit);
		} catch {
			return undefined;
		}
	}

	private constructor(limit: number) {
		const files = hierarchies.find(({ root, marker }) => existsSync(join(root, marker)));
		if (files === undefined) throw new Error("no control group of memory is mounted");
		this.#files = files;
		this.#folder = join(files.root, `infra-${process.pid}-${groups++}`);
		if (files.marker === "cgroup.subtree_control") writeFileSync(join(files.root, files.marker), "+memory");
		mkdirSync(this.#folder);
		writeFileSync(join(this.#folder, files.limit), String(limit));
	}

	/** Command and arguments that run a command, and all that it starts, in the group. */
	inside(command: string, args: readonly string[]): [command: string, args: string[]] {
		const enter = 'echo $$ >"$0/cgroup.procs" && exec "$@"';
		return ["sh", ["-c", enter, this.#folder, command, ...args]];
	}

	/** The most that was ever in use, caches included, in bytes. */
	get peak(): number {
		return Number(this.#read(this.#files.peak));
	}

	/** Processes that the kernel has killed for want of memory. */
	get kills(): number {
		return Number(/^oom_kill (\d+)$/m.exec(this.#read(this.#files.kills))?.[1]);
	}

	#read(name: string): string {
		return readFileSync(join(this.#folder, name), "utf8");
	}

	/** Once the last process in it has ended: one that was killed takes a moment. */
	[Symbol.dispose](): void {
		for (let tries = 0; ; tries++)
			try {
				rmdirSync(this.#folder);
				return;
			} catch (error) {
				if (tries === 100) throw error;
				Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
			}
	}
}
