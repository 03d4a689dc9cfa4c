import { findingClass } from "../finding-class.ts";

/** Objects that nobody reads one by one. The same threshold as that of konflate, a reviewer of rendered changes. */
const many = 60;

export const manyChanges = findingClass({
	id: "many-changes",
	risk: "notice",
	reason: "A list that is too long to be read hides the one line that matters.",
	remedy: "Split the change, or look first at what is not routine.",
	*check({ summary: { changes } }) {
		if (changes.length >= many) yield { message: `${changes.length} objects change` };
	},
});
