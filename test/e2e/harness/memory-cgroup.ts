import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where a version of the kernel's control groups has the memory of a group, and what its files are called. */
const versions = [
	{ root: "/sys/fs/cgroup/memory", limit: "memory.limit_in_bytes", events: "memory.oom_control" },
	{ root: "/sys/fs/cgroup", limit: "memory.max", events: "memory.events" },
	{ root: "/sys/fs/cgroup/unified", limit: "memory.max", events: "memory.events" },
] as const;

let groups = 0;

/** A limit on the memory of some processes, as the kubelet sets it for a container (cgroups(7)). */
export class MemoryCgroup {
	readonly #folder: string;
	readonly #events: string;

	private constructor(folder: string, events: string) {
		this.#folder = folder;
		this.#events = events;
	}

	/** @param limit bytes @returns undefined where this kernel, or whoever runs the tests, cannot make one */
	static make(limit: number): MemoryCgroup | undefined {
		for (const { root, limit: file, events } of versions) {
			const folder = join(root, `infra-${process.pid}-${++groups}`);
			try {
				mkdirSync(folder);
			} catch {
				continue;
			}
			// The kernel puts the files there where memory is counted.
			if (existsSync(join(folder, file))) {
				writeFileSync(join(folder, file), String(limit));
				return new MemoryCgroup(folder, events);
			}
			rmdirSync(folder);
		}
		return undefined;
	}

	/** Counts the memory of a process from now on, and that of its children. */
	add(pid: number): void {
		writeFileSync(join(this.#folder, "cgroup.procs"), String(pid));
	}

	/** Processes that the kernel has ended because the group had reached its limit. */
	get kills(): number {
		const text = readFileSync(join(this.#folder, this.#events), "utf8");
		return Number(/^oom_kill (\d+)$/m.exec(text)?.[1]);
	}

	/** Once all its processes have ended. */
	remove(): void {
		rmdirSync(this.#folder);
	}
}
