import type { Construct } from "constructs";
import type { InfraStack } from "./infra-stack.ts";

/** Output of every stack with the name of its site, which is thereby in its state. */
export const siteOutput = "site";

/** Facts about a stack that tables and help texts use without loading the engine. */
export interface StackFacts {
	readonly name: string;
	/** One line for tables and help texts. */
	readonly purpose: string;
	/**
	 * 0: local state, encrypted at rest, for stacks that are applied before the state database exists. 1: the site's
	 * state database.
	 */
	readonly stateTier: 0 | 1;
}

/** A class of stacks. */
export type StackClass = new (scope: Construct, facts: StackFacts) => InfraStack;

/** A stack that can be built. */
export interface StackDeclaration extends StackFacts {
	readonly build: (app: Construct) => InfraStack;
}

/** Joins the facts of a stack and its class. */
export function declareStack(facts: StackFacts, Stack: StackClass): StackDeclaration {
	return { ...facts, build: (app) => new Stack(app, facts) };
}
