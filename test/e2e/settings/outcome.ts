import { cannotApply } from "../../../review/catalogue/cannot-apply.ts";
import { configReadLater } from "../../../review/catalogue/config-read-later.ts";
import { dataLost } from "../../../review/catalogue/data-lost.ts";
import { emptyVolume } from "../../../review/catalogue/empty-volume.ts";
import { machineRestarts } from "../../../review/catalogue/machine-restarts.ts";
import { outsideTerraform } from "../../../review/catalogue/outside-terraform.ts";
import { podsRestart } from "../../../review/catalogue/pods-restart.ts";
import { releaseChanges } from "../../../review/catalogue/release-changes.ts";
import { secretRotates } from "../../../review/catalogue/secret-rotates.ts";
import { silentChange } from "../../../review/catalogue/silent-change.ts";
import { summarizePlan } from "../../../review/plan/plan-summary.ts";
import { reviewStack } from "../../../review/review-stack.ts";
import type { World } from "../../../world/world.ts";
import type { ChangedStack } from "./planned-worlds.ts";

/**
 * What an apply of a changed setting does. `in place` and `replaces` are what the real plan says; `step`: somebody has to
 * do something beside the apply, and the review names it; `held`: Terraform refuses, since an object would be replaced
 * that is protected; `outside`: no resource changes, and a command brings hosts in line; `declared`: only resources change
 * that no provider was asked about; `connection`: where stacks are applied, not what; `read`: commands and tables read it;
 * `refused`: before any plan.
 */
export type Effect =
	| "in place"
	| "replaces"
	| "step"
	| "held"
	| "outside"
	| "declared"
	| "connection"
	| "read"
	| "refused";

export interface Outcome {
	readonly effect: Effect;
	/** Why it is refused. */
	readonly refusal?: string;
	/** Such as `update redis config_map`, with a number where there are more. */
	readonly changes?: readonly string[];
	/** What the review says has to be done, or goes along with it: class and message. */
	readonly findings?: readonly string[];
}

/** Classes that name a step, or what goes along with a change. Who can newly reach what is another question. */
const classes = [
	dataLost,
	emptyVolume,
	cannotApply,
	podsRestart,
	configReadLater,
	machineRestarts,
	releaseChanges,
	secretRotates,
	outsideTerraform,
	silentChange,
];

/** Classes after whose findings an apply alone does not bring the change about. */
const stepClasses = new Set<string>([emptyVolume.id, cannotApply.id, machineRestarts.id, silentChange.id]);

/** @param stacks what the plan says of each stack that differs */
export function outcomeOf(before: World, after: World, stacks: ReadonlyMap<string, ChangedStack>): Outcome {
	const counts = new Map<string, number>();
	const findings = new Set<string>();
	const found = new Set<string>();
	for (const { stack } of after.stacks) {
		const { plan = {}, unplanned = [], held = [] } = stacks.get(stack) ?? {};
		const summary = summarizePlan(stack, plan, () => undefined);
		for (const { action, type } of summary.changes) add(counts, `${action} ${stack} ${wordOf(type)}`);
		for (const address of held) add(counts, `held ${stack} ${wordOf(address.split(".")[0] ?? "")}`);
		for (const address of unplanned) add(counts, `declared ${stack} ${wordOf(address.split(".")[0] ?? "")}`);
		const planned = { summary, warnings: [], errors: [], before, after };
		for (const finding of reviewStack(planned, classes)) {
			found.add(finding.class);
			findings.add(`${finding.class}: ${finding.message}`);
		}
	}
	const actions = new Set([...counts.keys()].map((text) => text.split(" ")[0] ?? ""));
	const changes = [...counts].map(([text, count]) => (count > 1 ? `${text} (${count})` : text));
	return {
		effect: effectOf(actions, found, connectionOf(before) !== connectionOf(after)),
		...(changes.length === 0 ? {} : { changes }),
		...(findings.size === 0 ? {} : { findings: [...findings] }),
	};
}

function effectOf(actions: ReadonlySet<string>, found: ReadonlySet<string>, connects: boolean): Effect {
	if (actions.has("held")) return "held";
	const beside = found.has(outsideTerraform.id);
	if ((beside && actions.size > 0) || [...stepClasses].some((one) => found.has(one))) return "step";
	if (actions.has("replace") || actions.has("destroy")) return "replaces";
	if (actions.has("update") || actions.has("create")) return "in place";
	if (actions.has("declared")) return "declared";
	if (beside) return "outside";
	return connects ? "connection" : "read";
}

/** Where stacks are applied and kept: providers, and the state. */
function connectionOf({ stacks }: World): string {
	return JSON.stringify(
		stacks.map(({ json }) => [
			json.provider,
			json.terraform,
			(json["//"] as { state?: unknown } | undefined)?.state,
			json.output,
		]),
	);
}

function add(counts: Map<string, number>, text: string): void {
	counts.set(text, (counts.get(text) ?? 0) + 1);
}

/** `kubernetes_config_map_v1` is a `config_map`. */
const wordOf = (type: string) => type.replace(/^kubernetes_(?!manifest)/, "").replace(/_v\d$/, "");
