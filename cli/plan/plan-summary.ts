import { withoutKey } from "../terraform/diagnostic.ts";

export const plannedActions = ["create", "update", "replace", "destroy", "forget", "import", "move"] as const;

/** `forget` leaves the object alone and drops it from the state; `import` takes it into the state. */
export type PlannedAction = (typeof plannedActions)[number];

/** One resource instance that an apply would touch. */
export interface PlannedChange {
	readonly action: PlannedAction;
	/** Terraform address, with the key of the instance. */
	readonly address: string;
	/** Construct path; undefined for what the code no longer declares. */
	readonly path: string | undefined;
	readonly type: string;
	/** What forces a replacement: arguments that cannot be changed in place, such as `spec[0].selector`, or a creation that did not end. */
	readonly because: readonly string[];
}

export interface PlanSummary {
	readonly stack: string;
	readonly changes: readonly PlannedChange[];
	/** Outputs of the stack that would change. */
	readonly outputs: number;
}

/** The parts of `terraform show -json <plan>` that are read here. */
export interface TerraformPlan {
	readonly resource_changes?: readonly ResourceChange[];
	readonly output_changes?: Readonly<Record<string, { readonly actions: readonly string[] }>>;
}

interface ResourceChange {
	readonly address: string;
	readonly previous_address?: string;
	readonly mode: string;
	readonly type: string;
	readonly action_reason?: string;
	readonly change: {
		readonly actions: readonly string[];
		readonly importing?: unknown;
		readonly replace_paths?: readonly (readonly (string | number)[])[];
	};
}

/** Reduces a plan to what a reader decides on. */
export function summarizePlan(
	stack: string,
	plan: TerraformPlan,
	pathOf: (address: string) => string | undefined,
): PlanSummary {
	const changes = (plan.resource_changes ?? []).flatMap((change) => {
		const action = change.mode === "managed" ? actionOf(change) : undefined;
		if (action === undefined) return [];
		const { address, type } = change;
		const because = (change.change.replace_paths ?? []).map(argumentPath);
		if (change.action_reason === "replace_because_tainted") because.push("a creation that did not end");
		return [{ action, address, type, path: pathOf(withoutKey(address)), because }];
	});
	const outputs = Object.values(plan.output_changes ?? {}).filter(({ actions }) => actions[0] !== "no-op");
	return { stack, changes, outputs: outputs.length };
}

function actionOf({ change, previous_address }: ResourceChange): PlannedAction | undefined {
	const { actions, importing } = change;
	if (actions.includes("delete")) return actions.includes("create") ? "replace" : "destroy";
	if (actions.includes("forget")) return "forget";
	if (actions.includes("create")) return "create";
	if (actions.includes("update")) return "update";
	if (importing) return "import";
	return previous_address === undefined ? undefined : "move";
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
	const counts = { create: 0, update: 0, replace: 0, destroy: 0, forget: 0, import: 0, move: 0 };
	for (const { action } of changes) counts[action] += 1;
	return counts;
}
