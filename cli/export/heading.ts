/** Comment at the head of a YAML document. */
export function heading(lines: readonly string[]): string {
	return lines.map((line) => `# ${line}\n`).join("");
}
