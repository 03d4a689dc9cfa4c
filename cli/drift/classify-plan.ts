import { documentOf } from "../../review/document-of.ts";
import { risks } from "../../review/finding.ts";
import type { PlannedStack } from "../../review/finding-class.ts";
import type { ArgumentChange } from "../../review/plan/argument-changes.ts";
import { dataHolders } from "../../review/plan/data-losses.ts";
import type { PlannedChange } from "../../review/plan/plan-summary.ts";
import { reviewStack } from "../../review/review-stack.ts";
import { type DriftedObject, type StackDrift, worstFirst } from "./stack-drift.ts";

/**
 * Tells drift from change in the plan of a stack. An object has drifted when it was changed outside and the plan would
 * undo some of that; where the plan leaves it so, the code does not care (`ignore_changes`, fields that a provider
 * only reads). Everything else in the plan comes from the code.
 */
export function classifyPlan(planned: PlannedStack): StackDrift {
	const { summary } = planned;
	const planOf = new Map(summary.changes.map((change) => [change.address, change]));
	const changedOutside = (summary.drift ?? []).filter(({ action }) => action !== "unknown");
	const drifted = changedOutside.filter((change) => undoes(change, planOf.get(change.address)));
	const undone = new Set(drifted.map(({ address }) => address));
	const rest = summary.changes.filter(({ address }) => !undone.has(address));
	return {
		stack: summary.stack,
		drifted: worstFirst(drifted.map((change) => describe(change, planOf.get(change.address), planned))),
		tolerated: changedOutside
			.filter(({ address }) => !undone.has(address))
			.map(({ address }) => address)
			.sort(),
		unmanaged: [],
		undeployed: rest.length + summary.outputs,
		errors: [...errorsOf(planned)],
		sources: [],
	};
}

/** What a plan holds that nobody here can judge. */
function* errorsOf({ summary: { changes, drift = [], remarks = [] } }: PlannedStack): Iterable<string> {
	for (const { action, address, because } of [...changes, ...drift])
		if (action === "unknown")
			yield `${address}: the plan has an action that is not known here, ${because.join(", ")}`;
	yield* remarks;
}

/** Whether a plan undoes anything of what was changed outside. */
function undoes(outside: PlannedChange, plan: PlannedChange | undefined): boolean {
	if (plan === undefined || plan.action === "destroy" || plan.action === "forget") return false;
	return outside.action === "destroy" || undoneArguments(outside, plan).length > 0;
}

function undoneArguments(outside: PlannedChange, plan: PlannedChange | undefined): ArgumentChange[] {
	// What only becomes known with the apply is the provider's to say, and not compared with the code.
	const planned = (plan?.arguments ?? []).filter(({ after }) => after !== "unknown");
	return (outside.arguments ?? []).filter(({ path }) => planned.some((change) => overlap(path, change.path)));
}

/** Whether two paths of arguments are the same, or one is inside the other. */
function overlap(one: string, other: string): boolean {
	const [outer, inner] = one.length < other.length ? [one, other] : [other, one];
	return outer === "" || inner === outer || [".", "["].some((step) => inner.startsWith(outer + step));
}

function describe(
	outside: PlannedChange,
	plan: PlannedChange | undefined,
	planned: PlannedStack,
): DriftedObject {
	const holdsData = dataHolders(documentOf(planned))(outside);
	const gone = outside.action === "destroy";
	const findings = plan === undefined ? [] : consequencesOf(plan, planned);
	const lost = gone && holdsData;
	const found = [...findings.map(({ risk }) => risk), lost ? "danger" : gone ? "caution" : "notice"];
	return {
		what: gone ? "deleted" : "changed",
		address: outside.address,
		path: outside.path,
		risk: risks.find((risk) => found.includes(risk)) ?? "notice",
		arguments: gone ? [] : undoneArguments(outside, plan),
		consequences: [
			...(lost ? ["an apply makes it anew, without what it held"] : []),
			...findings.map(({ message }) => message),
		],
	};
}

/** What the rest of the review says about the change that would undo drift. */
function consequencesOf(plan: PlannedChange, planned: PlannedStack) {
	const { drift: _, remarks: __, ...summary } = planned.summary;
	const alone = { ...summary, outputs: 0, changes: [plan] };
	return reviewStack({ ...planned, summary: alone, warnings: [], errors: [] }).filter(
		({ address }) => address === plan.address,
	);
}
