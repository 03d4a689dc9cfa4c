import type { StackDeclaration } from "../declaration.ts";
import { vaultFacts } from "./facts.ts";
import { VaultStack } from "./vault-stack.ts";

export const vault: StackDeclaration = {
	...vaultFacts,
	build: (app) => new VaultStack(app, vault),
};
