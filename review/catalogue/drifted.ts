import { documentOf } from "../document-of.ts";
import { findingClass } from "../finding-class.ts";
import { dataHolders } from "../plan/data-losses.ts";
import type { PlannedChange } from "../plan/plan-summary.ts";

export const drifted = findingClass({
	id: "drifted",
	risk: "notice",
	reason:
		"Somebody has changed the object outside of Terraform since the last apply. That is not part of this change, and an apply may undo it.",
	remedy: "Ask who did it and why; keep it by writing it into the code, or let the apply undo it.",
	*check({ summary, ...planned }) {
		const holdsData = dataHolders(documentOf({ summary, ...planned }));
		const changes = new Map(summary.changes.map((change) => [change.address, change]));
		for (const change of summary.drift ?? []) {
			const next = changes.get(change.address);
			if (change.action === "destroy") {
				const lost = holdsData(change) ? ", without what it held" : "";
				const then = next?.action === "create" ? `; this plan makes it anew${lost}` : "";
				const risk = lost === "" ? "caution" : "danger";
				yield { change, message: `was deleted outside${then}`, risk };
				continue;
			}
			const paths = (change.arguments ?? []).map(({ path }) => path);
			yield {
				change,
				message: `was changed outside: ${paths.join(", ") || change.action}; ${fate(paths, next)}`,
			};
		}
	},
});

/** What the plan does about drift of an object. */
function fate(paths: readonly string[], next: PlannedChange | undefined): string {
	if (next === undefined) return "this plan leaves it so";
	if (next.action !== "update") return `this plan does ${next.action} to the object`;
	const undone = new Set((next.arguments ?? []).map(({ path }) => path));
	const count = paths.filter((path) => undone.has(path)).length;
	if (count === paths.length) return "this plan undoes it";
	return count === 0 ? "this plan leaves it so" : "this plan undoes a part of it";
}
