import { expressionsIn } from "../../world/expressions.ts";
import { textsOf } from "../../world/texts.ts";
import { worldRule } from "../rule.ts";

/** An unresolved token of the engine: as a text or list, or as a number in its reserved range. */
const token = /[$#]\{TfToken\[|-1\.8881545897\d*e\+289/;
const placeholder = "\u0000";

export const tokensInText = worldRule({
	id: "tokens-in-text",
	severity: "error",
	reason:
		"Text that is put together before its values are known contains a marker of the engine, or quotes that end the JSON around them.",
	remedy: "Pass the values as an object: Fn.jsonencode({ ... }) writes the text when they are known.",
	*check(world) {
		for (const { subject, argument, value } of textsOf(world)) {
			if (token.test(value))
				yield { subject, argument, message: "the text contains a value that was never resolved" };
			else if (interpolatesInsideJson(value))
				yield { subject, argument, message: "the text is JSON with an interpolation between its quotes" };
		}
	},
});

/** Whether a text is JSON whose strings contain interpolations: their values are inserted without any escaping. */
function interpolatesInsideJson(text: string): boolean {
	if (!text.includes("${") || !/^\s*[[{]/.test(text)) return false;
	let plain = text;
	for (const { start, end } of expressionsIn(text).toReversed())
		plain = `${plain.slice(0, start)}\\u0000${plain.slice(end)}`;
	try {
		let found = false;
		JSON.parse(plain, (key, value) => {
			found ||= key.includes(placeholder) || (typeof value === "string" && value.includes(placeholder));
			return value;
		});
		return found;
	} catch {
		return false;
	}
}
