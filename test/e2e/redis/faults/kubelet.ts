import { setTimeout as sleep } from "node:timers/promises";
import type { LabNode } from "../lab-node.ts";
import type { RedisLab } from "../redis-lab.ts";

/** Milliseconds until a program that has ended is started again. */
const backOff = 1000;

/** Starts programs again that end by themselves, each alone, unless a fault keeps their node away. */
export class Kubelet {
	readonly #lab: RedisLab;
	readonly #away = new Set<LabNode>();
	readonly #end = new AbortController();
	/** How often a program was started again. */
	restarts = 0;

	constructor(lab: RedisLab) {
		this.#lab = lab;
		void this.#watch();
	}

	/** Whether it is meant to run. */
	runs(node: LabNode): boolean {
		return !this.#away.has(node);
	}

	/** Loses all its processes, until it is started. */
	async kill(node: LabNode): Promise<void> {
		this.#away.add(node);
		await node.kill();
	}

	/** Ends as in a drain, until it is started. */
	async stop(node: LabNode): Promise<void> {
		this.#away.add(node);
		await node.stop();
	}

	start(node: LabNode): void {
		if (this.runs(node)) return;
		node.start();
		this.#away.delete(node);
	}

	async #watch(): Promise<void> {
		const { signal } = this.#end;
		while (!signal.aborted) {
			for (const node of this.#lab.nodes) if (this.runs(node)) this.restarts += node.restartEnded();
			await sleep(backOff, undefined, { signal }).catch(() => {});
		}
	}

	[Symbol.dispose](): void {
		this.#end.abort();
	}
}
