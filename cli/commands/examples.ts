/** Text for the end of a help page: command lines, each with what it does. */
export function examples(...lines: readonly (readonly [command: string, purpose: string])[]): string {
	const width = Math.max(...lines.map(([command]) => command.length));
	return `\nExamples:\n${lines.map(([command, purpose]) => `  ${command.padEnd(width)}  # ${purpose}`).join("\n")}`;
}
