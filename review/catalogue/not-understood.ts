import { findingClass } from "../finding-class.ts";

export const notUnderstood = findingClass({
	id: "not-understood",
	risk: "failure",
	reason:
		"The plan holds something that this version of infra does not know: what it does is judged by nobody. The version of the plan's format does not tell, since parts are added without a new one.",
	remedy:
		"Use a version of Terraform or OpenTofu that infra knows, or read the plan itself: infra plan --verbose.",
	*check({ summary: { changes, drift = [], remarks = [] } }) {
		for (const change of [...changes, ...drift])
			if (change.action === "unknown")
				yield { change, message: `the action is not known here: ${change.because.join(", ")}` };
		for (const message of remarks) yield { message };
	},
});
