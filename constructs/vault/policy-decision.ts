import type { WrittenRule } from "./policy.ts";

/**
 * Capabilities of a policy at a path: those of the most specific rule that covers it, and of no other (Vault's
 * documentation, "Policies", section "Policy syntax", on priority). Empty when no rule covers it.
 */
export function capabilitiesAt(rules: readonly WrittenRule[], path: string): readonly string[] {
	const [first] = rules.filter((rule) => covers(rule.path, path)).sort((a, b) => specificity(b.path, a.path));
	return first?.capabilities ?? [];
}

function covers(pattern: string, path: string): boolean {
	const open = pattern.endsWith("*");
	const wanted = (open ? pattern.slice(0, -1) : pattern).split("/");
	const given = path.split("/");
	if (open ? given.length < wanted.length : given.length !== wanted.length) return false;
	return wanted.every((part, index) => {
		const there = given[index] ?? "";
		const isPrefix = open && index === wanted.length - 1;
		return part === "+" || part === there || (isPrefix && there.startsWith(part));
	});
}

/**
 * Positive when the first of two paths takes precedence over the second: in the server's order, whose length and last
 * comparison leave out a closing `*`.
 */
function specificity(a: string, b: string): number {
	const literal = (path: string) => path.replace(/\*$/, "");
	const firstWildcard = (path: string) => (/[+*]/.test(path) ? path.search(/[+*]/) : path.length + 1);
	const segments = (path: string) => path.split("/").filter((part) => part === "+").length;
	return (
		firstWildcard(a) - firstWildcard(b) ||
		Number(b.endsWith("*")) - Number(a.endsWith("*")) ||
		segments(b) - segments(a) ||
		literal(a).length - literal(b).length ||
		(a < b ? -1 : 1)
	);
}
