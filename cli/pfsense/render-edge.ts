import type { PackageObjects } from "../../constructs/pfsense/edge-objects.ts";
import { patchOf, report } from "../../terminal/patch.ts";
import type { EdgeState } from "./edge-state.ts";

/** How a router differs from what was asked for. */
export interface EdgeDifference {
	/** Unified diff of the objects; empty when they are the same. */
	readonly patch: string;
	/** Ports that are not forwarded to the edge, or not let in to it over IPv6 as the site says. */
	readonly elsewhere: readonly string[];
	/** Servers that no check has found up. */
	readonly down: readonly string[];
	/** Whether a change was killed midway. */
	readonly interrupted: boolean;
}

/** @param source where the wanted objects come from */
export function compareEdge(
	router: string,
	state: EdgeState,
	wanted: PackageObjects,
	source: string,
): EdgeDifference {
	return {
		patch: patchOf(
			{ name: router, text: renderObjects(state.objects) },
			{ name: source, text: renderObjects(wanted) },
		),
		elsewhere: [
			...state.redirects
				.filter((redirect) => redirect.state !== "edge")
				.map(({ port, target }) => `port ${port}${target === undefined ? "" : `, but to ${target}`}`),
			...state.passes
				.filter((pass) => pass.state !== "edge")
				.map(({ port, target, state }) =>
					state === "absent"
						? `port ${port} of ${target}, which is closed`
						: `port ${port} of ${target}, which is open and not the site's`,
				),
		],
		down: state.servers
			.filter(({ up }) => !up)
			.map(({ backend, server, status, check }) => `${backend}/${server}: ${status} ${check}`.trimEnd()),
		interrupted: state.interrupted,
	};
}

/** For the terminal. @param problems reasons against a change */
export function renderEdge(
	router: string,
	source: string,
	{ patch, elsewhere, down, interrupted }: EdgeDifference,
	problems: readonly string[],
): string {
	return report(
		patch,
		[
			["not forwarded to the edge:", elsewhere],
			["not up:", down],
			["in the way:", problems],
		],
		...(interrupted ? ["a change was killed in the middle: the next one ends it"] : []),
		...(patch === "" ? [`HAProxy on ${router} has what ${source} says`] : []),
	);
}

/** Keys in order, because pfSense's pages save them in their own; lines that the package keeps in Base64 readable. */
function renderObjects({ settings, pools, frontends }: PackageObjects): string {
	const readable = (key: string, value: unknown) => {
		if (key === "advanced_backend" && typeof value === "string")
			return Buffer.from(value, "base64").toString().split(/\r?\n/);
		if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
		return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
	};
	return `${JSON.stringify({ settings, pools, frontends }, readable, 2)}\n`;
}
