import type { StackDeclaration } from "../declaration.ts";
import { platformFacts } from "./facts.ts";
import { PlatformStack } from "./platform-stack.ts";

export const platform: StackDeclaration = {
	...platformFacts,
	build: (app) => new PlatformStack(app, platform),
};
