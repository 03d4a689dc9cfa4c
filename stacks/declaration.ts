import type { Construct } from "constructs";
import type { InfraStack } from "./infra-stack.ts";

/** All stacks in the order in which they are applied; the names of those not written yet are reserved. */
export const applyOrder = ["storage", "vault", "platform", "redis", "mailserver", "woodpecker"] as const;

export type StackName = (typeof applyOrder)[number];

/** Output of every stack with the name of its site: so a state says which site it is of. */
export const siteOutput = "site";

/** What a stack is, stated once, apart from its code: tables and help texts need not load the engine. */
export interface StackFacts {
	readonly name: StackName;
	/** One line for tables and help texts. */
	readonly purpose: string;
	/**
	 * 0: local state, encrypted at rest, for stacks that must be there before the database.
	 * 1: the site's state database.
	 */
	readonly stateTier: 0 | 1;
}

/** A stack that can be built. */
export interface StackDeclaration extends StackFacts {
	readonly build: (app: Construct) => InfraStack;
}
