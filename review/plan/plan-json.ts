/** The parts of `terraform show -json <plan>` that are read here. */
export interface TerraformPlan {
	readonly resource_changes?: readonly ResourceChange[];
	/** Changes made outside of Terraform since the last apply. */
	readonly resource_drift?: readonly ResourceChange[];
	readonly output_changes?: Readonly<Record<string, ValueChange>>;
	/** Changes that are deferred to another plan. */
	readonly deferred_changes?: readonly unknown[];
	/** Actions of providers besides changes of resources. */
	readonly action_invocations?: readonly { readonly address?: string }[];
	readonly deferred_action_invocations?: readonly unknown[];
	readonly complete?: boolean;
	readonly errored?: boolean;
}

/** A value before and after. Marks have the shape of the value, with `true` for a whole subtree. */
export interface ValueChange {
	readonly actions: readonly string[];
	readonly before?: unknown;
	readonly after?: unknown;
	readonly after_unknown?: unknown;
	readonly before_sensitive?: unknown;
	readonly after_sensitive?: unknown;
}

export interface ResourceChange {
	readonly address: string;
	readonly previous_address?: string;
	/** Present when the change is about an old object that a replacement has not deleted yet. */
	readonly deposed?: string;
	readonly mode: string;
	readonly type: string;
	readonly action_reason?: string;
	readonly change: ValueChange & {
		readonly importing?: unknown;
		readonly replace_paths?: readonly (readonly (string | number)[])[];
	};
}

/** Keys of a plan that hold no changes. */
const silentKeys = [
	"applyable",
	"checks",
	"configuration",
	"format_version",
	"planned_values",
	"prior_state",
	"relevant_attributes",
	"terraform_version",
	"timestamp",
	"variables",
];

const readKeys: Readonly<Record<keyof TerraformPlan, true>> = {
	resource_changes: true,
	resource_drift: true,
	output_changes: true,
	deferred_changes: true,
	action_invocations: true,
	deferred_action_invocations: true,
	complete: true,
	errored: true,
};

/** Remarks on what a plan holds besides the listed changes, for the person who approves it. */
export function remarksOn(plan: TerraformPlan): string[] {
	const { deferred_changes, action_invocations = [], deferred_action_invocations } = plan;
	const unknown = Object.keys(plan).filter(
		(key) => !silentKeys.includes(key) && !Object.hasOwn(readKeys, key),
	);
	const deferred = (deferred_changes ?? []).length + (deferred_action_invocations ?? []).length;
	return [
		...unknown.map((key) => `the plan has a part that is not known here, and so not shown: ${key}`),
		...action_invocations.map(
			({ address }) => `an apply also runs the action ${address ?? "without a name"}`,
		),
		...(deferred > 0 ? [`${deferred} more wait for another plan after this one`] : []),
		...(plan.complete === false ? ["the plan is not complete: another one must follow"] : []),
		...(plan.errored === true ? ["the plan stopped at an error"] : []),
	];
}
