import type { ChangeFinding, Risk } from "./finding.ts";
import { type PlannedChange, type PlanSummary, plannedActions } from "./plan/plan-summary.ts";

/** The plan of one stack, and what it does. */
export interface StackReview {
	readonly summary: PlanSummary;
	/** The worst first. */
	readonly findings: readonly ChangeFinding[];
	/** Whether there is no plan: the summary is empty, which says nothing about changes. @default false */
	readonly failed?: boolean;
}

/** A change with the findings about it, the worst first. */
export interface ReviewedChange {
	readonly change: PlannedChange;
	readonly findings: readonly ChangeFinding[];
}

/** Changes whose worst finding is of one class. */
export interface ChangeGroup {
	/** Id of the class; undefined for changes without a finding, which are routine. */
	readonly class: string | undefined;
	readonly risk: Risk | undefined;
	/** By action, the most final last. */
	readonly changes: readonly ReviewedChange[];
}

/** Class of what was done outside of Terraform: it is no part of the change, even where it is about the same object. */
export const driftClass = "drifted";

/** Changes of a stack by class, the worst class first and routine changes last, and findings about no change. */
export function groupChanges({ summary, findings }: StackReview): {
	readonly groups: readonly ChangeGroup[];
	readonly others: readonly ChangeFinding[];
} {
	const addresses = new Set(summary.changes.map(({ address }) => address));
	const isAbout = (finding: ChangeFinding) => addresses.has(finding.address) && finding.class !== driftClass;
	const byAddress = Map.groupBy(findings.filter(isAbout), ({ address }) => address);
	const byAction = plannedActions.flatMap((action) =>
		summary.changes.filter((change) => change.action === action),
	);
	const reviewed = byAction.map((change) => ({ change, findings: byAddress.get(change.address) ?? [] }));
	const byClass = Map.groupBy(reviewed, ({ findings: [worst] }) => worst?.class);
	// Findings are in the order of risk, and so are their classes.
	const classes = [...new Set<string | undefined>(findings.map((finding) => finding.class)).add(undefined)];
	return {
		groups: classes.flatMap((one) => {
			const changes = byClass.get(one) ?? [];
			const risk = changes[0]?.findings[0]?.risk;
			return changes.length === 0 ? [] : [{ class: one, risk, changes }];
		}),
		others: findings.filter((finding) => !isAbout(finding)),
	};
}

/** Number of findings by class, the worst class first. */
export function countClasses(
	findings: readonly ChangeFinding[],
): readonly { readonly class: string; readonly risk: Risk; readonly count: number }[] {
	return [...Map.groupBy(findings, (finding) => finding.class)].flatMap(([name, [first, ...more]]) =>
		first === undefined ? [] : [{ class: name, risk: first.risk, count: more.length + 1 }],
	);
}
