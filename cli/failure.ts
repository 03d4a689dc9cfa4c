export function printFailure(error: unknown): void {
	console.error(error);
}
