import { findingClass } from "../finding-class.ts";
import { liveIdentity } from "../live-identity.ts";
import { ends } from "../plan/data-losses.ts";
import type { PlannedChange } from "../plan/plan-summary.ts";

export const renamed = findingClass({
	id: "renamed",
	risk: "danger",
	reason:
		"Terraform knows an object by its address in the code. Where that changes and the state does not follow, the object is deleted and made anew; in whatever order, its data and its users lose it.",
	remedy: "Let the state follow: a moved block, or infra state move.",
	*check({ summary }) {
		const { stack, changes } = summary;
		const made = Map.groupBy(
			changes.filter(({ action }) => action === "create"),
			(change) => liveIdentity(change, "after"),
		);
		for (const change of changes) {
			if (change.action !== "destroy" && change.action !== "forget") continue;
			const identity = liveIdentity(change, "before");
			const [anew] = identity === undefined ? [] : (made.get(identity) ?? []);
			if (anew === undefined) continue;
			const how = ends[change.action] === "gone" ? "deleted" : "forgotten";
			yield {
				change,
				message: `is the same object as ${anew.address}, which this plan makes: it is ${how} under one address and made under the other`,
				remedy: remedyFor(stack, change, anew),
			};
		}
	},
});

function remedyFor(stack: string, { type, address }: PlannedChange, anew: PlannedChange): string {
	if (type === anew.type)
		return `Let the state follow: a moved block from ${address} to ${anew.address} (moveFromId of the construct), or infra state move ${stack} '${address}' '${anew.address}'`;
	if (unversioned(type) === unversioned(anew.type))
		return `Let the state follow: infra state move ${stack} '${address}' '${anew.address}'`;
	return `No state of a ${type} is one of a ${anew.type}: import ${anew.address}, and forget ${address} (a removed block that does not destroy)`;
}

const unversioned = (type: string) => type.replace(/_v\d\w*$/, "");
