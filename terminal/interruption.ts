/** Ctrl-C or another signal to end; what was running has been stopped gracefully. */
export class Interrupted extends Error {
	override readonly name = "Interrupted";

	constructor() {
		super("interrupted");
	}
}

const first = new AbortController();
const second = new AbortController();
/** Signals within this time (ms) count as one: terminal, npm and CI agent may each pass on the same keystroke. */
const sameKeystroke = 300;
let interruptedAt = 0;

/** Aborted at the first signal: stop gracefully and clean up. */
export const interruption = first.signal;
/** Aborted at the second signal: stop at once. */
export const forceStop = second.signal;

/** What is still running after the first signal, as shown to the user: `terraform apply of stack redis`. */
export const underWay = new Set<string>();

/** Asks everything that is running to stop; a second call stops it at once. */
export function interrupt(): void {
	const now = performance.now();
	if (!interruption.aborted) {
		interruptedAt = now;
		if (underWay.size > 0)
			console.error(
				`stopping: waiting for ${[...underWay].join(", ")} to end in order; another Ctrl-C ends it at once, and what it has begun may be lost from the state`,
			);
		first.abort(new Interrupted());
	} else if (now - interruptedAt > sameKeystroke) second.abort(new Interrupted());
}

let handled = false;

/** Handles signals from now on, so that they no longer end the process by themselves. */
export function handleInterrupts(): void {
	if (handled) return;
	handled = true;
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
}
