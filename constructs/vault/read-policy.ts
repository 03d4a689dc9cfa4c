import type { WrittenRule } from "./policy.ts";

/** Space and comments between two tokens. */
const gap = "(?:\\s|#[^\\n]*)*";
const tokens = ["path", '"([^"\\\\\\n]*)"', "\\{", "capabilities", "=", "\\[([^\\]]*)\\]", "\\}"];
const rule = new RegExp(`${gap}${tokens.join(gap)}`, "y");
const rest = new RegExp(`${gap}$`, "y");
const capabilities = /^\s*(?:"[^",]*"\s*(?:,\s*"[^",]*"\s*)*,?\s*)?$/;

/**
 * The rules of a policy in HCL, in the form that `renderPolicy` writes and the documentation of Vault uses: paths with
 * their capabilities. Undefined for anything else, such as constraints on parameters.
 */
export function readPolicy(text: string): readonly WrittenRule[] | undefined {
	const rules: WrittenRule[] = [];
	let end = 0;
	for (;;) {
		rule.lastIndex = end;
		const [, path = "", list = ""] = rule.exec(text) ?? [];
		if (path === "") break;
		if (!capabilities.test(list)) return undefined;
		rules.push({ path, capabilities: [...list.matchAll(/"([^"]*)"/g)].map(([, name = ""]) => name) });
		end = rule.lastIndex;
	}
	rest.lastIndex = end;
	return rest.test(text) ? rules : undefined;
}
