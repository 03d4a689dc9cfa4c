import { type Block, block, plain } from "../../world/blocks.ts";
import type { PlannedAction } from "../plan/plan-summary.ts";
import { isBelow, type KubernetesChange } from "./kubernetes-change.ts";
import { number, podSpecOf } from "./pod-spec.ts";

/** What a change does to the pods of an object. */
export interface Rollout {
	/** Whether nobody answers for a while. */
	readonly gap: boolean;
	/** Pods that may be down at once. */
	readonly down: number;
	/** A sentence without a full stop. */
	readonly message: string;
}

/** Actions that do something to pods that are there. */
const touches: ReadonlySet<PlannedAction> = new Set([
	"update",
	"import+update",
	"replace",
	"import+replace",
	"destroy",
]);

/** Undefined when no pod stops because of the change. */
export function rolloutOf(object: KubernetesChange): Rollout | undefined {
	const { change, kind, before, after } = object;
	if (!Object.hasOwn(strategies, kind) || !touches.has(change.action)) return undefined;
	const [was, will] = [replicasOf(before), replicasOf(after)];
	if (change.action === "destroy")
		return { gap: true, down: was, message: "its pods stop, and nothing starts them again" };
	const timing = timesOf(kind, before, after);
	if (change.action === "replace" || change.action === "import+replace")
		return { gap: true, down: was, message: `all of its pods stop, then new ones start: ${timing.text}` };
	if (was > 0 && will === 0)
		return { gap: true, down: was, message: "its last pods stop: it is scaled to none" };
	if (!object.paths.some((path) => isBelow(path, "spec.template") || path === "")) {
		if (kind === "daemon_set" || will >= was) return undefined;
		return { gap: false, down: was - will, message: `${was - will} of its ${was} pods stop` };
	}
	if (kind !== "daemon_set" && (was === 0 || will === 0)) return undefined;
	return strategies[kind]?.(block(after.spec), will, timing);
}

/** What a restart of its pods as they are does; undefined for a kind whose pods nobody starts again, and without pods. */
export function restartOf(kind: string, object: Block): Rollout | undefined {
	const replicas = replicasOf(object);
	if (!Object.hasOwn(strategies, kind) || (kind !== "daemon_set" && replicas === 0)) return undefined;
	return strategies[kind]?.(block(object.spec), replicas, timesOf(kind, object, object));
}

type Strategy = (spec: Block, replicas: number, timing: Timing) => Rollout;

/** Rollouts of a changed pod template, by kind. Defaults are those of the API. */
const strategies: Readonly<Record<string, Strategy>> = {
	deployment(spec, replicas, timing) {
		const strategy = block(spec.strategy);
		const rolling = block(strategy.rolling_update ?? strategy.rollingUpdate);
		if (plain(strategy.type) === "Recreate")
			return {
				gap: true,
				down: replicas,
				message: `all of its pods stop before new ones start (Recreate): ${timing.text}`,
			};
		const down = podsOf(rolling.max_unavailable ?? rolling.maxUnavailable, replicas, Math.floor);
		if (down >= replicas)
			return {
				gap: true,
				down,
				message: `all of its pods may be down at once (maxUnavailable): ${timing.text}`,
			};
		if (replicas === 1)
			return {
				gap: false,
				down,
				message: `its only pod is exchanged: the old one stops once the new one is ready, and connections to it end; ${timing.text}`,
			};
		const more = podsOf(rolling.max_surge ?? rolling.maxSurge, replicas, Math.ceil);
		return {
			gap: false,
			down,
			message: `its ${replicas} pods are exchanged, at most ${down} down at once: connections to each end with it; ${inAll(timing, Math.ceil(replicas / Math.max(1, down + more)))}`,
		};
	},
	stateful_set(spec, replicas, timing) {
		const strategy = block(spec.update_strategy ?? spec.updateStrategy);
		if (plain(strategy.type) === "OnDelete")
			return {
				gap: false,
				down: 0,
				message: "its pods stay as they are until somebody deletes them (OnDelete)",
			};
		const { partition } = block(strategy.rolling_update ?? strategy.rollingUpdate);
		const restarted = replicas - Math.min(number(partition, 0), replicas);
		if (restarted === 0) return { gap: false, down: 0, message: "its pods stay as they are (partition)" };
		if (replicas === 1)
			return { gap: true, down: 1, message: `its only pod stops before the new one starts: ${timing.text}` };
		return {
			gap: false,
			down: 1,
			message: `${restarted} of its ${replicas} pods restart, one after another: connections to each end with it; ${inAll(timing, restarted)}`,
		};
	},
	daemon_set(spec, _, timing) {
		const strategy = block(spec.strategy ?? spec.updateStrategy ?? spec.update_strategy);
		if (plain(strategy.type) === "OnDelete")
			return {
				gap: false,
				down: 0,
				message: "its pods stay as they are until somebody deletes them (OnDelete)",
			};
		const rolling = block(strategy.rolling_update ?? strategy.rollingUpdate);
		const down = String(rolling.max_unavailable ?? rolling.maxUnavailable ?? 1);
		if (
			Number.parseInt(String(rolling.max_surge ?? rolling.maxSurge ?? 0), 10) > 0 &&
			Number.parseInt(down, 10) === 0
		)
			return {
				gap: false,
				down: 0,
				message: `on each node in turn a new pod starts before the old one stops: ${timing.text}`,
			};
		const where =
			down === "1" ? "on each node in turn its pod stops" : `on up to ${down} nodes at once its pod stops`;
		return { gap: true, down: 1, message: `${where} before the new one starts: ${timing.text}` };
	},
	replica_set: () => ({
		gap: false,
		down: 0,
		message: "its pods stay as they are until somebody deletes them",
	}),
};

/** Replicas of a plan: the API's default is 1. */
function replicasOf({ spec }: Block): number {
	return number(block(spec).replicas, 1);
}

/** A number of pods, or a share of them; 25 % by default. */
function podsOf(value: unknown, replicas: number, round: (pods: number) => number): number {
	const text = String(value ?? "25%") || "25%";
	if (text.endsWith("%")) return round((Number.parseInt(text, 10) * replicas) / 100);
	return number(text, 0);
}

/** How long a pod may take to end and to start. */
interface Timing {
	readonly text: string;
	/** Seconds of both; undefined when no probe says how long it starts. */
	readonly seconds: number | undefined;
}

/** From the pod's own limits, and the time for which it must have been ready. */
function timesOf(kind: string, before: Block, after: Block): Timing {
	const grace = podSpecOf(kind, before)?.grace ?? 30;
	const startup = podSpecOf(kind, after)?.startup ?? 0;
	const { min_ready_seconds, minReadySeconds } = block(after.spec);
	const settled = number(min_ready_seconds ?? minReadySeconds, 0);
	const wait = settled > 0 ? `, then ${settled} s of being ready` : "";
	if (startup === 0)
		return { text: `up to ${grace} s to stop, no probe says how long to start${wait}`, seconds: undefined };
	return {
		text: `up to ${grace} s to stop, up to ${startup} s to start${wait}`,
		seconds: grace + startup + settled,
	};
}

/** The times of one pod, and of several rounds. */
function inAll({ text, seconds }: Timing, rounds: number): string {
	return seconds === undefined || rounds < 2 ? text : `${text}, up to ${seconds * rounds} s in all`;
}
