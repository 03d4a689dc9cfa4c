/** What must not outlive this process, newest last. Actions are synchronous: they also run while it exits. */
const pending = new Set<() => void>();
let watching = false;

/** Runs an action once: when the result is called, or when the process ends, however it ends. */
export function teardown(action: () => void): () => void {
	watchProcess();
	const once = () => {
		if (pending.delete(once)) action();
	};
	pending.add(once);
	return once;
}

function watchProcess(): void {
	if (watching) return;
	watching = true;
	process.once("exit", runAll);
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
		process.once(signal, () => {
			runAll();
			// The handler is gone by now, so this ends the process as if there had been none.
			process.kill(process.pid, signal);
		});
}

function runAll(): void {
	for (const action of [...pending].reverse())
		try {
			action();
		} catch (error) {
			console.error(error);
		}
}
