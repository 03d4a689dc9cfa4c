import { setTimeout as sleep } from "node:timers/promises";
import { factsOf, type Reply } from "../../harness/resp.ts";
import type { LabNode } from "../lab-node.ts";
import type { RedisLab } from "../redis-lab.ts";

/** Asks every Sentinel all the time whom it takes for the master of which epoch. */
export class EpochWatch {
	/** Masters by epoch. */
	readonly masters = new Map<number, Set<string>>();
	readonly #lab: RedisLab;
	readonly #end = new AbortController();

	constructor(lab: RedisLab) {
		this.#lab = lab;
		for (const node of lab.nodes) void this.#watch(node);
	}

	/** Epochs of which Sentinels have named more than one master. */
	get disputed(): readonly string[] {
		return [...this.masters]
			.filter(([, names]) => names.size > 1)
			.map(([epoch, names]) => `${epoch}: ${[...names].join(", ")}`);
	}

	async #watch(node: LabNode): Promise<void> {
		const { signal } = this.#end;
		while (!signal.aborted) {
			await this.#ask(node).catch(() => {});
			await sleep(250, undefined, { signal }).catch(() => {});
		}
	}

	async #ask({ host }: LabNode): Promise<void> {
		const { login } = this.#lab;
		const target = { host: host.address, port: 26379, ...(login === undefined ? {} : { login }) };
		// Answered together, so that both are of the same moment.
		const [facts, address] = (await this.#lab.client.commands(target, [
			["SENTINEL", "master", "mymaster"],
			["SENTINEL", "get-master-addr-by-name", "mymaster"],
		])) as [Reply, string[]];
		const epoch = Number(factsOf(facts)["config-epoch"]);
		const names = this.masters.get(epoch) ?? new Set();
		this.masters.set(epoch, names.add(address[0] ?? ""));
	}

	[Symbol.dispose](): void {
		this.#end.abort();
	}
}
