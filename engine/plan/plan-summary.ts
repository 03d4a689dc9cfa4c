import { withoutKey } from "../../terminal/diagnostic.ts";
import { type ArgumentChange, argumentChanges } from "./argument-changes.ts";
import { type ResourceChange, remarksOn, type TerraformPlan } from "./plan-json.ts";
import { sensitiveTexts } from "./sensitive.ts";

export const plannedActions = [
	"create",
	"import",
	"move",
	"update",
	"import+update",
	"forget",
	"replace",
	"import+replace",
	"create+forget",
	"destroy",
	"unknown",
] as const;

/**
 * What an apply does with an object. `forget` leaves it alone and drops it from the state; `create+forget` does that
 * with the old one and makes a new one; `import` takes it into the state; of `unknown` nothing is known here.
 */
export type PlannedAction = (typeof plannedActions)[number];

/** One resource instance that an apply would touch. */
export interface PlannedChange {
	readonly action: PlannedAction;
	/** Terraform address, with the key of the instance. */
	readonly address: string;
	/** Construct path; undefined for what the code no longer declares. */
	readonly path: string | undefined;
	readonly type: string;
	/** Kind of an object that is written as a manifest, such as `ExternalSecret`. */
	readonly kind?: string | undefined;
	/** Address that the object had until now. */
	readonly movedFrom?: string | undefined;
	/** What forces a replacement: arguments that cannot be changed in place, such as `spec[0].selector`, or a creation that did not end. */
	readonly because: readonly string[];
	/** Arguments that differ; none of an object that ends. */
	readonly arguments?: readonly ArgumentChange[];
}

export interface PlanSummary {
	readonly stack: string;
	readonly changes: readonly PlannedChange[];
	/** How many outputs of the stack would change. */
	readonly outputs: number;
	readonly outputChanges?: readonly ArgumentChange[];
	/** What was changed outside since the last apply. */
	readonly drift?: readonly PlannedChange[];
	/** What else the reader of the plan must know, a line each. */
	readonly remarks?: readonly string[];
}

/** In `because`: Terraform replaces what it cannot tell the state of. */
export const unfinishedCreation = "a creation that did not end";

/** Reduces a plan to what a reader decides on. */
export function summarizePlan(
	stack: string,
	plan: TerraformPlan,
	pathOf: (address: string) => string | undefined,
): PlanSummary {
	const { resource_changes: resources = [], resource_drift: drifted = [], output_changes = {} } = plan;
	const values = [...resources, ...drifted].map(({ change }) => change);
	const hidden = sensitiveTexts([...values, ...Object.values(output_changes)]);
	const describe = (change: ResourceChange) => plannedChange(change, pathOf, hidden);
	const outputs = Object.entries(output_changes).filter(([, { actions }]) => actions.join() !== "no-op");
	return {
		stack,
		changes: resources.flatMap(describe),
		outputs: outputs.length,
		outputChanges: outputs.flatMap(([name, change]) =>
			argumentChanges(change, hidden).map((one) => ({
				...one,
				path: `${name}${one.path && `.${one.path}`}`,
			})),
		),
		drift: drifted.flatMap(describe),
		remarks: remarksOn(plan),
	};
}

function plannedChange(
	resource: ResourceChange,
	pathOf: (address: string) => string | undefined,
	hidden: readonly string[],
): PlannedChange[] {
	const action = actionOf(resource);
	if (action === undefined) return [];
	const { address, deposed, previous_address, type, change } = resource;
	const because = (change.replace_paths ?? []).map(argumentPath);
	if (resource.action_reason === "replace_because_tainted") because.push(unfinishedCreation);
	if (action === "unknown") because.push(`${resource.mode}: ${change.actions.join(", ") || "no action"}`);
	return [
		{
			action,
			address: deposed === undefined ? address : `${address} (deposed ${deposed})`,
			type,
			path: pathOf(withoutKey(address)),
			kind: kindOf(change.before) ?? kindOf(change.after),
			movedFrom: previous_address,
			because,
			arguments: action === "destroy" || action === "forget" ? [] : argumentChanges(change, hidden),
		},
	];
}

/** What is done with an object, by the actions that Terraform names. */
const actions: Readonly<Record<string, PlannedAction>> = {
	create: "create",
	update: "update",
	delete: "destroy",
	"delete,create": "replace",
	"create,delete": "replace",
	forget: "forget",
	"create,forget": "create+forget",
};

const imported: Partial<Record<PlannedAction, PlannedAction>> = {
	update: "import+update",
	replace: "import+replace",
};

/** Undefined of what stays as it is, and of data that is read. */
function actionOf({ mode, change, previous_address }: ResourceChange): PlannedAction | undefined {
	const { importing } = change;
	const named = change.actions.join();
	if (mode === "data") return named === "read" || named === "no-op" ? undefined : "unknown";
	if (mode !== "managed") return "unknown";
	if (named === "no-op") {
		if (importing) return "import";
		return previous_address === undefined ? undefined : "move";
	}
	const action = Object.hasOwn(actions, named) ? actions[named] : undefined;
	if (action === undefined) return "unknown";
	return importing ? (imported[action] ?? "unknown") : action;
}

function kindOf(value: unknown): string | undefined {
	const { manifest } = (value ?? {}) as { manifest?: { kind?: unknown } | null };
	return manifest?.kind === undefined ? undefined : String(manifest.kind);
}

/** `["spec", 0, "selector"]` -> `spec[0].selector` */
function argumentPath(steps: readonly (string | number)[]): string {
	return steps
		.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
		.join("")
		.slice(1);
}

/** How many changes there are of each kind. */
export function countActions({ changes }: PlanSummary): Record<PlannedAction, number> {
	const counts = Object.fromEntries(plannedActions.map((action) => [action, 0])) as Record<
		PlannedAction,
		number
	>;
	for (const { action } of changes) counts[action] += 1;
	return counts;
}
