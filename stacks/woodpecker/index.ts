import type { StackDeclaration } from "../declaration.ts";
import { woodpeckerFacts } from "./facts.ts";
import { WoodpeckerStack } from "./woodpecker-stack.ts";

export const woodpecker: StackDeclaration = {
	...woodpeckerFacts,
	build: (app) => new WoodpeckerStack(app, woodpecker),
};
