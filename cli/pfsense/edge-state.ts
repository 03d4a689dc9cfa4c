import type { PackageObjects } from "../../constructs/pfsense/edge-objects.ts";

export type EdgeChange = "apply" | "rollback" | "cutOver" | "revert";

/** Where a port of the outer interface is forwarded; `other` is neither the edge nor its former target. */
export interface Redirect {
	readonly port: number;
	readonly state: "edge" | "former" | "other" | "absent";
	/** Missing when the port is forwarded nowhere. */
	readonly target?: string;
}

/** A port that the packet filter lets in over IPv6; `stale` is a rule of ours that the site does not ask for. */
export interface Pass {
	readonly port: number;
	readonly target: string;
	readonly state: "edge" | "absent" | "stale";
}

/** Ports that `cutOver` would forward to the edge, or let in. */
export function toForward({ redirects, passes }: Pick<EdgeState, "redirects" | "passes">): boolean {
	return (
		redirects.some(({ state }) => state === "former" || state === "absent") ||
		passes.some(({ state }) => state !== "edge")
	);
}

/** A server as HAProxy sees it; `up` means that a check has said so. */
export interface ServerState {
	readonly backend: string;
	readonly server: string;
	readonly status: string;
	readonly check: string;
	readonly up: boolean;
}

/** Output of `show`. */
export interface EdgeState {
	readonly objects: PackageObjects;
	readonly redirects: readonly Redirect[];
	readonly passes: readonly Pass[];
	/** Digest of objects, redirects and passes; a change names the one that it was decided on. */
	readonly digest: string;
	/** None when HAProxy does not run. */
	readonly servers: readonly ServerState[];
	/** What the last change of the objects replaced; null when there was none. */
	readonly previous: { readonly objects: PackageObjects } | null;
	/** Whether a change was killed midway; the next one completes it. */
	readonly interrupted: boolean;
	/** Reasons against each change. */
	readonly problems: Readonly<Record<EdgeChange, readonly string[]>>;
}
