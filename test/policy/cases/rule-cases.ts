import type { World } from "../../../world/world.ts";

/** What a rule must let pass and what it must report, each by a sentence. */
export interface RuleCases {
	readonly allow: Readonly<Record<string, World>>;
	readonly deny: Readonly<Record<string, Denial>>;
}

export interface Denial {
	readonly world: World;
	/** Argument and a part of the message, for every violation in order. */
	readonly violations: readonly (readonly [argument: string, message: string])[];
}

/** A world that breaks a rule once or more. */
export function denied(world: World, ...violations: Denial["violations"]): Denial {
	return { world, violations };
}
