import type { StackDeclaration } from "../declaration.ts";
import { storageFacts } from "./facts.ts";
import { StorageStack } from "./storage-stack.ts";

export const storage: StackDeclaration = {
	...storageFacts,
	build: (app) => new StorageStack(app, storage),
};
