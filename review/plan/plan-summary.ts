import { withoutKey } from "../../world/address.ts";
import { type ArgumentChange, argumentChanges } from "./argument-changes.ts";
import { type ResourceChange, remarksOn, type TerraformPlan } from "./plan-json.ts";
import { sensitiveTexts, withoutSensitive } from "./sensitive.ts";

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
 * Effect of an apply on an object. `forget` removes it from the state only; `create+forget` does that to the old object
 * and creates a new one; `import` adds it to the state; `unknown` is an action that is not known here.
 */
export type PlannedAction = (typeof plannedActions)[number];

/** A resource instance that an apply would change. */
export interface PlannedChange {
	readonly action: PlannedAction;
	/** Terraform address, with the key of the instance. */
	readonly address: string;
	/** Construct path; undefined when the code no longer declares it. */
	readonly path: string | undefined;
	readonly type: string;
	/** Kind of a Kubernetes manifest, such as `ExternalSecret`. */
	readonly kind?: string | undefined;
	/** Address before a move. */
	readonly movedFrom?: string | undefined;
	/**
	 * Reasons of a replacement: arguments that cannot be changed in place, such as `spec[0].selector`, or a creation
	 * that did not finish.
	 */
	readonly because: readonly string[];
	/** Arguments that differ; none for a deletion. */
	readonly arguments?: readonly ArgumentChange[];
	/** The whole object on both sides, without what is sensitive; null where there is none. */
	readonly values?: { readonly before: unknown; readonly after: unknown };
}

export interface PlanSummary {
	readonly stack: string;
	readonly changes: readonly PlannedChange[];
	/** Number of changed outputs. */
	readonly outputs: number;
	readonly outputChanges?: readonly ArgumentChange[];
	/** Changes made outside of Terraform since the last apply. */
	readonly drift?: readonly PlannedChange[];
	/** Remarks for the reader of the plan, a line each. */
	readonly remarks?: readonly string[];
}

/** Entry of `because` for tainted objects, which Terraform replaces because it does not know their condition. */
export const unfinishedCreation = "a creation that did not end";

/** What the API server writes into an object by itself, whenever somebody or a controller touches it. */
const bookkeeping =
	/^(?:metadata\[0\]\.(?:generation|resource_version)|object\.(?:status|metadata\.(?:generation|managedFields|resourceVersion)))(?![\w-])/;

/** Summarises a plan for review. */
export function summarizePlan(
	stack: string,
	plan: TerraformPlan,
	pathOf: (address: string) => string | undefined,
): PlanSummary {
	const { resource_changes: resources = [], resource_drift: drifted = [], output_changes = {} } = plan;
	const hidden = hiddenTexts(plan);
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
		// A refresh that only fills in what a provider leaves empty after a creation is no drift.
		drift: drifted
			.flatMap(describe)
			.map((one) => ({
				...one,
				arguments: (one.arguments ?? []).filter(({ path }) => !bookkeeping.test(path)),
			}))
			.filter(({ action, arguments: changed }) => action !== "update" || changed.length > 0),
		remarks: remarksOn(plan),
	};
}

/** Texts that a plan marks as sensitive somewhere, and that are to be shown nowhere. */
export function hiddenTexts(plan: TerraformPlan): string[] {
	const { resource_changes = [], resource_drift = [], output_changes = {} } = plan;
	const changes = [...resource_changes, ...resource_drift].map(({ change }) => change);
	return sensitiveTexts([...changes, ...Object.values(output_changes)]);
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
			values: {
				before: withoutSensitive(change.before ?? null, change.before_sensitive, hidden),
				after: withoutSensitive(change.after ?? null, change.after_sensitive, hidden),
			},
		},
	];
}

/** Action by the list of actions that Terraform prints. */
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

/** Undefined for an object without changes, and for data sources. */
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

/** Number of changes by action. */
export function countActions({ changes }: PlanSummary): Record<PlannedAction, number> {
	const counts = Object.fromEntries(plannedActions.map((action) => [action, 0])) as Record<
		PlannedAction,
		number
	>;
	for (const { action } of changes) counts[action] += 1;
	return counts;
}
