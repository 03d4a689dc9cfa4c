/** Writes a text and a line end to the standard output. */
export function print(text: string): void {
	process.stdout.write(`${text}\n`);
}

/** Writes a value for machines. */
export function printJson(value: unknown): void {
	print(JSON.stringify(value, null, "\t"));
}
