import { documentBefore, documentOf } from "../document-of.ts";
import { findingClass } from "../finding-class.ts";
import { dataHolders, dataLosses, describeLoss, ends } from "../plan/data-losses.ts";

export const dataLost = findingClass({
	id: "data-lost",
	risk: "danger",
	reason:
		"An object that goes takes along what only it holds: data, Secrets, names, logins, rights. Nothing in the code brings that back.",
	remedy: "Make a backup and look at it. infra deploy asks for the address of the object.",
	*check(planned) {
		const { summary } = planned;
		const document = documentBefore(planned);
		// Terraform no longer honours prevent_destroy once the block is gone from the code.
		const held = document === undefined ? () => false : dataHolders(document);
		const losses = new Set(dataLosses(summary, documentOf(planned)));
		for (const change of summary.changes) {
			const gone = ends[change.action] === "gone";
			if (!losses.has(change) && !(gone && held(change))) continue;
			const anew = change.action === "destroy" || change.action === "forget" ? "" : ", and made anew";
			yield { change, message: `${gone ? "is deleted" : "is left alone"}${anew}: ${describeLoss(change)}` };
		}
	},
});
