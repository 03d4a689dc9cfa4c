import { expressionsIn } from "../../world/expressions.ts";
import { textsOf } from "../../world/texts.ts";
import { worldRule } from "../rule.ts";

const impure = /\b(timestamp|plantimestamp|uuid|bcrypt)\s*\(/;
/** Ephemeral blocks and write-only arguments are not compared with the state. */
const writeOnly = /(?:^|\.)\w+_wo(?:[.[]|$)/;

export const noTimeOrRandom = worldRule({
	id: "no-time-or-random",
	severity: "error",
	reason:
		"A value that differs at each evaluation gives a change in every plan: one without a change must be empty.",
	remedy: "Derive the value from its inputs (a hash of the content), or pass it to a write-only argument.",
	*check(world) {
		for (const { subject, argument, value } of textsOf(world)) {
			if (!value.includes("${") || writeOnly.test(argument)) continue;
			if ("mode" in subject && subject.mode === "ephemeral") continue;
			const name = expressionsIn(value)
				.map(({ source }) => impure.exec(source)?.[1])
				.find((name) => name !== undefined);
			if (name !== undefined)
				yield { subject, argument, message: `${name}() gives another value at each evaluation` };
		}
	},
});
