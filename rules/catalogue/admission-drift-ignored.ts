import { admissionDrift } from "../../constructs/kubernetes/ignore-admission-drift.ts";
import { block } from "../../world/blocks.ts";
import { resourceRule } from "../rule.ts";

export const admissionDriftIgnored = resourceRule(
	{
		id: "admission-drift-ignored",
		severity: "error",
		reason: "What admission webhooks write shows up as a change in every plan, until nobody reads plans.",
		remedy: "Let the stack's aspect do it: remove the override that replaces lifecycle.ignore_changes.",
	},
	function* check({ mode, type, arguments: { lifecycle } }) {
		const expected = mode === "resource" ? admissionDrift[type] : undefined;
		if (expected === undefined) return;
		const ignored = block(lifecycle).ignore_changes;
		if (ignored === "all") return;
		const paths = new Set(Array.isArray(ignored) ? ignored : []);
		for (const path of expected)
			if (!paths.has(path))
				yield { argument: "lifecycle.ignore_changes", message: `changes of ${path} are not ignored` };
	},
);
