import type { Construct } from "constructs";
import type { InfraStack } from "./infra-stack.ts";

/** Output of every stack with the name of its site: so a state says which site it is of. */
export const siteOutput = "site";

/** What a stack is, apart from its code: tables and help texts need not load the engine. */
export interface StackFacts {
	readonly name: string;
	/** One line for tables and help texts. */
	readonly purpose: string;
	/**
	 * 0: local state, encrypted at rest, for stacks that must be there before the database.
	 * 1: the site's state database.
	 */
	readonly stateTier: 0 | 1;
}

/** A class of stacks. */
export type StackClass = new (scope: Construct, facts: StackFacts) => InfraStack;

/** A stack that can be built. */
export interface StackDeclaration extends StackFacts {
	readonly build: (app: Construct) => InfraStack;
}

/** Joins what a stack is to its code. */
export function declareStack(facts: StackFacts, Stack: StackClass): StackDeclaration {
	return { ...facts, build: (app) => new Stack(app, facts) };
}
