/** Ctrl-C, or a request to end: what was under way has been stopped in order. */
export class Interrupted extends Error {
	override readonly name = "Interrupted";

	constructor() {
		super("interrupted");
	}
}

const first = new AbortController();
const second = new AbortController();
/** A terminal, npm and a CI agent may each pass on the same keystroke: within this time (ms) they count as one. */
const sameKeystroke = 300;
let interruptedAt = 0;

/** Aborted at the first signal: stop gracefully, remove what must not stay. */
export const interruption = first.signal;
/** Aborted at the second signal: stop at once. */
export const forceStop = second.signal;

/** What is waited for after the first signal, as a reader calls it: `terraform apply of stack redis`. */
export const underWay = new Set<string>();

/** Asks everything that is under way to stop; again, to stop at once. */
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

/** From here on a signal no longer ends the process by itself. */
export function handleInterrupts(): void {
	if (handled) return;
	handled = true;
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
}
