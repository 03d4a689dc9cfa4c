import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessResult } from "../clients/host/run.ts";
import { interruption } from "../terminal/interruption.ts";

/** Half a minute at most. */
const attempts = 60;
/** Milliseconds between two attempts. */
const pause = 500;

/**
 * Repeats a command of Terraform while another one creates a state in the same database. Terraform takes one lock for
 * the first state of any stack there (`pg_try_advisory_lock(-1)` of its backend `pg`), does not wait for it whatever
 * `-lock-timeout` says, and has done nothing yet when it gives up.
 *
 * @throws Interrupted
 */
export async function whenStatesCanBeCreated(
	start: () => Promise<ProcessResult>,
	between = pause,
): Promise<ProcessResult> {
	for (let attempt = 1; ; attempt++) {
		const finished = await start();
		if (attempt === attempts || !isCreating(finished)) return finished;
		await sleep(between);
		interruption.throwIfAborted();
	}
}

function isCreating({ code, stdout, stderr }: ProcessResult): boolean {
	// Terraform has written it with a capital and without, by version.
	return code !== 0 && /already locked for workspace creation/i.test(stdout + stderr);
}
