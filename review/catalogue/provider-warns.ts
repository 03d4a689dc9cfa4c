import { findingClass } from "../finding-class.ts";
import { textOf } from "./plan-failed.ts";

export const providerWarns = findingClass({
	id: "provider-warns",
	risk: "notice",
	reason:
		"Terraform or a provider has something to say that stops nothing, such as what will be removed from a later version.",
	remedy: "Read it, and mend its cause before it becomes an error.",
	*check({ warnings }) {
		const told = new Set<string>();
		for (const warning of warnings) {
			const message = textOf(warning);
			const key = `${warning.address ?? ""} ${message}`;
			if (told.has(key)) continue;
			told.add(key);
			yield { about: warning, message };
		}
	},
});
