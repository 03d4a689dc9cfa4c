import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { handleInterrupts } from "../terminal/interruption.ts";
import { UsageError } from "../terminal/usage-error.ts";
import { type Claim, type Holder, tryToClaim } from "./claim.ts";

/** Attempts, and milliseconds between them, when two processes start at the same moment. */
const attempts = 5;
const longestPause = 100;

/**
 * Locks a stack of a site for this process.
 *
 * @param output folder of the site's output
 * @param of names of the stack and of its site
 * @throws UsageError when another process holds it, naming that process
 */
export async function lockStack(
	output: string,
	of: { readonly stack: string; readonly site: string },
): Promise<Claim> {
	handleInterrupts();
	for (let attempt = 1; ; attempt += 1) {
		const result = tryToClaim(join(output, "claims"), of.stack);
		if ("release" in result) return result;
		if (attempt === attempts) throw isHeld(of, result);
		await sleep(Math.random() * longestPause);
	}
}

function isHeld(of: { readonly stack: string; readonly site: string }, holder: Holder): UsageError {
	const { pid, host, user, since, command, file } = holder;
	const here = host === hostname();
	return new UsageError(
		`stack ${of.stack} of site ${of.site} is held by process ${pid} of ${user}${here ? "" : ` on ${host}`}, since ${since}: ${command}`,
		here
			? `wait until it has ended, or end it: kill ${pid}`
			: `wait until it has ended; if it is gone already: rm ${file}`,
	);
}
