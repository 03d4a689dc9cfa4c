import type { World } from "../world/world.ts";
import type { Risk } from "./finding.ts";
import type { Live } from "./live.ts";
import type { ArgumentChange } from "./plan/argument-changes.ts";
import type { PlannedChange, PlanSummary } from "./plan/plan-summary.ts";
import type { Served } from "./served/served.ts";

/** A message of Terraform about a plan, without values. */
export interface PlanMessage {
	readonly summary: string;
	readonly detail?: string;
	/** Address of the block that it is about. */
	readonly address?: string;
	/** Construct path of that block. */
	readonly path?: string;
}

/** What a class of findings looks at: the plan of one stack, and the worlds on both sides of it. */
export interface PlannedStack {
	readonly summary: PlanSummary;
	readonly warnings: readonly PlanMessage[];
	/** Errors of a plan that failed; its summary is then empty. */
	readonly errors: readonly PlanMessage[];
	/** The world that was applied last; undefined when it is not known. */
	readonly before: World | undefined;
	/** The world that the plan leads to. */
	readonly after: World;
	/** What is there already of what the plan makes; undefined when nobody has looked. */
	readonly live?: Live;
	/** What the API server serves of what the plan writes; undefined when nobody has asked. */
	readonly served?: Served;
}

/** What a class has found. */
export interface Observation {
	/** The change that it is about; without one, it is about `message` of Terraform or the stack as a whole. */
	readonly change?: PlannedChange;
	readonly about?: Pick<PlanMessage, "address" | "path">;
	readonly message: string;
	/** @default the risk of the class */
	readonly risk?: Risk;
	/** @default the remedy of the class */
	readonly remedy?: string;
	/** Texts that differ, by name: what the finding is about lies in no plan. */
	readonly texts?: readonly ArgumentChange[];
}

/** A class of findings. One per file, named by its id. */
export interface FindingClass<Id extends string = string> {
	/** Kebab-case name. */
	readonly id: Id;
	readonly risk: Risk;
	/** What happens to whom. */
	readonly reason: string;
	/** What to do before the change is applied. */
	readonly remedy: string;
	/** Must not throw on any plan, whatever a provider wrote into it. */
	readonly check: (planned: PlannedStack) => Iterable<Observation>;
}

/** A class that looks at the plan as a whole. */
export function findingClass<const Id extends string>(one: FindingClass<Id>): FindingClass<Id> {
	return one;
}

/** A class that looks at each change by itself. */
export function changeClass<const Id extends string>(
	one: Omit<FindingClass<Id>, "check">,
	check: (change: PlannedChange, planned: PlannedStack) => Iterable<Omit<Observation, "change">>,
): FindingClass<Id> {
	return {
		...one,
		*check(planned) {
			for (const change of planned.summary.changes)
				for (const observation of check(change, planned)) yield { change, ...observation };
		},
	};
}
