/**
 * Whether something has a name that the site accepts (`drift.accepted`).
 *
 * @param patterns as the site writes them, `*` for any text
 */
export function accepted(patterns: Readonly<Record<string, string>>): (name: string) => boolean {
	const expressions = Object.keys(patterns).map(
		(pattern) => new RegExp(`^${pattern.split("*").map(literally).join(".*")}$`, "s"),
	);
	return (name) => expressions.some((expression) => expression.test(name));
}

function literally(text: string): string {
	return text.replace(/[\\^$.+?()[\]{}|]/g, "\\$&");
}
