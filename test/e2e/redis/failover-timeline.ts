import { setTimeout as sleep } from "node:timers/promises";
import { since } from "../harness/wait-for.ts";
import type { LabNode } from "./lab-node.ts";
import type { RedisLab } from "./redis-lab.ts";

/** When the steps of a failover were seen, in seconds since its cause; undefined for what was not seen. */
export class FailoverTimeline {
	/** Another node says that it is a master. */
	promoted: number | undefined;
	/** The proxy's check of that node succeeds. */
	routed: number | undefined;
	/** The old master says that it is a replica. */
	demoted: number | undefined;
	/** The proxy's check of the old master fails. */
	unrouted: number | undefined;
	/** The proxy's check of the old master fails by what that answers. */
	refused: number | undefined;
	/** Every check status that the proxy showed. */
	readonly checks = new Set<string>();

	/** Watches from now on until `until` holds, at most `within` milliseconds. */
	static async watch(
		lab: RedisLab,
		old: LabNode,
		{ until, within }: { readonly until: (timeline: FailoverTimeline) => boolean; readonly within: number },
	): Promise<FailoverTimeline> {
		const timeline = new FailoverTimeline();
		const start = Date.now();
		while (since(start) < within && !until(timeline)) {
			await timeline.#look(lab, old, start);
			await sleep(50);
		}
		return timeline;
	}

	async #look(lab: RedisLab, old: LabNode, start: number): Promise<void> {
		const now = () => since(start) / 1000;
		const masters = await lab.masters();
		const successor = masters.find((node) => node !== old);
		if (successor !== undefined) {
			this.promoted ??= now();
			if ((await lab.routeTo(successor)).status === "UP") this.routed ??= now();
			if (!masters.includes(old)) this.demoted ??= now();
		}
		const { status, check } = await lab.routeTo(old);
		if (status.startsWith("DOWN")) this.unrouted ??= now();
		if (check === "L7RSP") this.refused ??= now();
		for (const { check } of await lab.proxy.servers()) this.checks.add(check);
	}

	toString(): string {
		const steps = Object.entries({
			promoted: this.promoted,
			"new master UP": this.routed,
			"old one demoted": this.demoted,
			"and DOWN": this.unrouted,
		});
		return steps
			.map(([step, time]) => `${step} ${time === undefined ? "never" : `${time.toFixed(1)} s`}`)
			.join(", ");
	}
}
