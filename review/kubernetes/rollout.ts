import { type Block, block, plain } from "../../world/blocks.ts";
import type { PlannedAction } from "../plan/plan-summary.ts";
import { isBelow, type KubernetesChange } from "./kubernetes-change.ts";
import { number, podSpecOf } from "./pod-spec.ts";

/** What a change does to the pods of an object. */
export interface Rollout {
	/** Whether nobody answers for a while. */
	readonly gap: boolean;
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
	if (change.action === "destroy")
		return { gap: true, message: "its pods stop, and nothing starts them again" };
	const timing = times(object);
	if (change.action === "replace" || change.action === "import+replace")
		return { gap: true, message: `all of its pods stop, then new ones start: ${timing}` };
	const [was, will] = [replicasOf(before), replicasOf(after)];
	if (was > 0 && will === 0) return { gap: true, message: "its last pods stop: it is scaled to none" };
	if (!object.paths.some((path) => isBelow(path, "spec.template") || path === "")) {
		if (kind === "daemon_set" || will >= was) return undefined;
		return { gap: false, message: `${was - will} of its ${was} pods stop` };
	}
	if (kind !== "daemon_set" && (was === 0 || will === 0)) return undefined;
	return strategies[kind]?.(block(after.spec), will, timing);
}

type Strategy = (spec: Block, replicas: number, timing: string) => Rollout;

/** Rollouts of a changed pod template, by kind. Defaults are those of the API. */
const strategies: Readonly<Record<string, Strategy>> = {
	deployment(spec, replicas, timing) {
		const strategy = block(spec.strategy);
		const rolling = block(strategy.rolling_update ?? strategy.rollingUpdate);
		if (plain(strategy.type) === "Recreate")
			return { gap: true, message: `all of its pods stop before new ones start (Recreate): ${timing}` };
		const down = podsOf(rolling.max_unavailable ?? rolling.maxUnavailable, replicas, Math.floor);
		if (down >= replicas)
			return { gap: true, message: `all of its pods may be down at once (maxUnavailable): ${timing}` };
		if (replicas === 1)
			return {
				gap: false,
				message: `its only pod is exchanged: the old one stops once the new one is ready, and connections to it end; ${timing}`,
			};
		return {
			gap: false,
			message: `its ${replicas} pods are exchanged, at most ${down} down at once: ${timing}`,
		};
	},
	stateful_set(spec, replicas, timing) {
		const strategy = block(spec.update_strategy ?? spec.updateStrategy);
		if (plain(strategy.type) === "OnDelete")
			return { gap: false, message: "its pods stay as they are until somebody deletes them (OnDelete)" };
		const { partition } = block(strategy.rolling_update ?? strategy.rollingUpdate);
		const restarted = replicas - Math.min(number(partition, 0), replicas);
		if (restarted === 0) return { gap: false, message: "its pods stay as they are (partition)" };
		if (replicas === 1)
			return { gap: true, message: `its only pod stops before the new one starts: ${timing}` };
		return {
			gap: false,
			message: `${restarted} of its ${replicas} pods restart, one after another: ${timing}`,
		};
	},
	daemon_set(spec, _, timing) {
		const strategy = block(spec.strategy ?? spec.updateStrategy ?? spec.update_strategy);
		if (plain(strategy.type) === "OnDelete")
			return { gap: false, message: "its pods stay as they are until somebody deletes them (OnDelete)" };
		return { gap: true, message: `on each node in turn its pod stops before the new one starts: ${timing}` };
	},
	replica_set: () => ({ gap: false, message: "its pods stay as they are until somebody deletes them" }),
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

/** How long a pod may take to end and to start, from its own limits. */
function times({ kind, before, after }: KubernetesChange): string {
	const grace = podSpecOf(kind, before)?.grace ?? 30;
	const startup = podSpecOf(kind, after)?.startup ?? 0;
	const start = startup === 0 ? "no probe says how long to start" : `up to ${startup} s to start`;
	return `up to ${grace} s to stop, ${start}`;
}
