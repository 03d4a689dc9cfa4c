import { homedir } from "node:os";
import { worldRule } from "../rule.ts";
import { textsOf } from "../texts.ts";

export const noAbsolutePath = worldRule({
	id: "no-absolute-path",
	severity: "error",
	reason: "A path of the machine that synthesised works on no other, and makes every output differ.",
	remedy:
		"Spell the path relative to the stack's folder (fromStackFolder), or begin it with ~ for the user's home.",
	*check(world) {
		const roots = [process.cwd(), homedir()].filter((root) => root !== "/");
		for (const { subject, argument, value } of textsOf(world))
			for (const root of roots)
				if (value.includes(root) && isBelow(value, root) && (!("address" in subject) || isDeep(root)))
					yield { subject, argument, message: `${value} lies below ${root} of this machine` };
	},
});

/** A root of one segment, such as /root or /app, is also an ordinary path inside containers. */
function isDeep(root: string): boolean {
	return root.lastIndexOf("/") > 0;
}

/** Whether the root begins a path inside the text, and is not merely a part of another one. */
function isBelow(text: string, root: string): boolean {
	const start = text.indexOf(root);
	const before = text[start - 1] ?? " ";
	const after = text[start + root.length] ?? "/";
	return !/[\w./~-]/.test(before) && !/[\w.-]/.test(after);
}
