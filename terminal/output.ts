/** Writes a text and a line end to the standard output. */
export function print(text: string): void {
	process.stdout.write(`${text}\n`);
}

/** Writes a line about what takes time, or what is to be known beside the result, to the standard error. */
export function printProgress(text: string): void {
	process.stderr.write(`${text}\n`);
}

/** Writes a value for machines. */
export function printJson(value: unknown): void {
	print(JSON.stringify(value, null, "\t"));
}
