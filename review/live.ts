/** What was found in the world, beside the state of a stack, of what its plan makes. */
export interface Live {
	readonly twins: readonly LiveTwin[];
	/** Claims that no stack declares, in namespaces in which the plan makes a claim. */
	readonly claims: readonly LiveClaim[];
	/** What an apply that was cut off has made. @default nothing */
	readonly begun?: Begun;
	/** Why a part of the world could not be asked, a sentence each. */
	readonly errors: readonly string[];
}

/** What an apply of this checkout has made without hearing of it, by address. */
export interface Begun {
	/** The plan takes it into the state. */
	readonly takenUp: readonly string[];
	/** What is made by several requests, and has no more than the first of them made: it is removed, then created. */
	readonly halfMade: readonly string[];
}

/** Something that has the identity of what a change makes, or stands in its place. */
export interface LiveTwin {
	/** Address of the change. */
	readonly address: string;
	/**
	 * `refused`: the creation fails; `overwritten`: it succeeds, and what was there is gone; `taken over`: it is used as
	 * it is; `beside`: both are there, and each is taken for the other.
	 */
	readonly effect: "refused" | "overwritten" | "taken over" | "beside";
	/** Such as `ConfigMap shop/settings`, with who made it and when, as far as that is known. */
	readonly what: string;
}

/** A claim of the cluster. */
export interface LiveClaim {
	readonly namespace: string;
	readonly name: string;
	/** Such as `10Gi, of 2026-01-02T03:04:05Z`. */
	readonly what: string;
	/** Kinds in snake case and names of the workloads that mount it, as `deployment web`. */
	readonly mountedBy: readonly string[];
}
