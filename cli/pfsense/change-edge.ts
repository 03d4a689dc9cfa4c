import { setTimeout as sleep } from "node:timers/promises";
import type { Target } from "../../clients/host/target.ts";
import { interruption } from "../../terminal/interruption.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { changeEdge, type EdgeRequest, readEdge } from "./edge-program.ts";
import type { EdgeState } from "./edge-state.ts";
import type { SiteEdge } from "./site-edge.ts";

/** Milliseconds between two reads of the servers' states. */
const pause = 1000;

/**
 * Applies the edge of a site, waits until its servers are up, and then forwards mail there.
 *
 * @param cutOver whether to forward mail there; the caller asks only when a port may be forwarded elsewhere
 * @throws UsageError when there are reasons against it; Error when a server does not come up, mail is then not
 * forwarded
 */
export async function applyEdge(
	target: Target,
	{ request, settling }: SiteEdge,
	state: EdgeState,
	cutOver: boolean,
): Promise<boolean> {
	const applied = await changeEdge(target, "apply", request, state.digest);
	const settled = await untilUp(target, request, settling);
	const forwarded = cutOver && (await changeEdge(target, "cutOver", request, settled.digest));
	return applied || forwarded;
}

/** Brings back the objects that the last change replaced, after mail has been forwarded back when that is asked for. */
export async function rollBackEdge(
	target: Target,
	request: EdgeRequest,
	state: EdgeState,
	revert: boolean,
): Promise<boolean> {
	const reverted = revert && (await changeEdge(target, "revert", request, state.digest));
	const { digest } = reverted ? await readEdge(target, request) : state;
	return (await changeEdge(target, "rollback", request, digest)) || reverted;
}

async function untilUp(target: Target, request: EdgeRequest, within: number): Promise<EdgeState> {
	const end = performance.now() + within;
	for (;;) {
		const state = await readEdge(target, request);
		const { cutOver } = state.problems;
		if (cutOver.length === 0) return state;
		if (performance.now() > end)
			throw new UsageError(
				[
					`the edge is in force on ${target.name}, but it cannot serve mail:`,
					...cutOver.map((line) => `- ${line}`),
				].join("\n"),
				"deploy the mail server, look at its nodes, then repeat; the redirects were left as they are",
			);
		await sleep(pause, undefined, { signal: interruption }).catch(() => interruption.throwIfAborted());
	}
}
