import { documentBefore, documentOf } from "../document-of.ts";
import { findingClass, type PlannedStack } from "../finding-class.ts";
import { preventsDestroy } from "../plan/data-losses.ts";
import type { PlannedChange } from "../plan/plan-summary.ts";

/** Arguments that keep data when their object goes: the last words of the path, and the value that keeps. */
const guards: readonly (readonly [path: RegExp, keeps: unknown])[] = [
	[/(?:^|\.)persistent_?volume_?reclaim_?policy$/i, "Retain"],
	[/(?:^|\.)persistent_?volume_?claim_?retention_?policy(?:\[0\])?\.when_?(?:deleted|scaled)$/i, "Retain"],
	[/^deletion_allowed$/, false],
	[/^protection$/, true],
];

export const protectionRemoved = findingClass({
	id: "protection-removed",
	risk: "caution",
	reason: "What held this object's data back from deletion no longer does: the next mistake is final.",
	remedy: "Keep the protection, unless the object is to be deleted next, and a backup of it was looked at.",
	*check(planned) {
		yield* lifecycles(planned);
		for (const change of planned.summary.changes)
			for (const { path, before, after } of change.arguments ?? [])
				for (const [pattern, keeps] of guards)
					if (pattern.test(path) && isShown(before, keeps) && !isShown(after, keeps))
						yield { change, message: `${path} is no longer ${JSON.stringify(keeps)}` };
	},
});

/** Blocks that forbade their destruction and no longer do. */
function* lifecycles(planned: PlannedStack) {
	const now = new Map(documentOf(planned).resources.map((resource) => [resource.address, resource]));
	for (const old of documentBefore(planned)?.resources.filter(preventsDestroy) ?? []) {
		const current = now.get(old.address);
		if (current === undefined || preventsDestroy(current)) continue;
		yield { about: current, message: "its code no longer forbids Terraform to destroy it" };
	}
}

function isShown(value: PlannedArgument["before"], wanted: unknown): boolean {
	return typeof value === "object" && value.shown === wanted;
}

type PlannedArgument = NonNullable<PlannedChange["arguments"]>[number];
