/** A Markdown table; cells may hold Markdown, a `|` in them is escaped. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
	const line = (cells: readonly string[]) =>
		`| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
	return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Text in the form of code; nothing where there is nothing. */
export function code(text: string | number | undefined): string {
	return text === undefined || text === "" ? "" : `\`${text}\``;
}
