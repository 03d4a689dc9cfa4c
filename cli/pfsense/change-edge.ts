import { setTimeout as sleep } from "node:timers/promises";
import type { Target } from "../../clients/host/target.ts";
import { interruption } from "../../terminal/interruption.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { changeEdge, type EdgeRequest, readEdge } from "./edge-program.ts";
import type { EdgeState } from "./edge-state.ts";
import type { SiteEdge } from "./site-edge.ts";

/** Milliseconds between two looks at the servers. */
const pause = 1000;

/**
 * Puts the edge of a site in force, waits until its servers are up, and then leads mail there.
 *
 * @param flip whether to lead mail there; asked for only when its ports may be led elsewhere
 * @throws UsageError when there are reasons against it; Error when a server does not come up, mail then is not led
 */
export async function applyEdge(
	target: Target,
	{ request, settling }: SiteEdge,
	state: EdgeState,
	flip: boolean,
): Promise<boolean> {
	const applied = await changeEdge(target, "apply", request, state.digest);
	const settled = await untilUp(target, request, settling);
	const flipped = flip && (await changeEdge(target, "flip", request, settled.digest));
	return applied || flipped;
}

/** Brings back the objects that the last change replaced, after mail has been led back when that is asked for. */
export async function rollBackEdge(
	target: Target,
	request: EdgeRequest,
	state: EdgeState,
	unflip: boolean,
): Promise<boolean> {
	const unflipped = unflip && (await changeEdge(target, "unflip", request, state.digest));
	const { digest } = unflipped ? await readEdge(target, request) : state;
	return (await changeEdge(target, "rollback", request, digest)) || unflipped;
}

async function untilUp(target: Target, request: EdgeRequest, within: number): Promise<EdgeState> {
	const end = performance.now() + within;
	for (;;) {
		const state = await readEdge(target, request);
		const { flip } = state.problems;
		if (flip.length === 0) return state;
		if (performance.now() > end)
			throw new UsageError(
				[
					`the edge is in force on ${target.name}, but it cannot serve mail:`,
					...flip.map((line) => `- ${line}`),
				].join("\n"),
				"deploy the mail server, look at its nodes, then repeat; the redirects were left as they are",
			);
		await sleep(pause, undefined, { signal: interruption }).catch(() => interruption.throwIfAborted());
	}
}
