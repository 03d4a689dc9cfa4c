import { mergePatch } from "../../merge-patch.ts";
import { type BaseName, baseInputs } from "./bases.ts";
import type { Effect } from "./outcome.ts";
import { keysOf, withValue } from "./setting.ts";

/** Another value of a setting, and what an apply of it does. */
export interface Change {
	readonly to: unknown;
	readonly effect: Effect;
	/** Merge patch (RFC 7396) of what has to change along with it. */
	readonly with?: object;
	/** Site that is changed. @default "full" */
	readonly on?: BaseName;
}

/** By the place in the site, such as `network.hosts.node-a.address`. */
export type Changes = Readonly<Record<string, Change>>;

/** The changed site as it would be written. */
export function changedSite(path: string, { on = "full", to, with: more = {} }: Change): unknown {
	const base = baseInputs[on];
	return withValue(mergePatch(base, more), keysOf(base, path), to);
}
