import { applyOrder, type StackFacts } from "./declaration.ts";
import { mailserverFacts } from "./mailserver/facts.ts";
import { redisFacts } from "./redis/facts.ts";
import { storageFacts } from "./storage/facts.ts";
import { vaultFacts } from "./vault/facts.ts";

/** Facts of every stack, in the order in which they are applied. Loads nothing of the engine. */
export const catalogue: readonly StackFacts[] = [
	mailserverFacts,
	redisFacts,
	storageFacts,
	vaultFacts,
].toSorted((one, other) => applyOrder.indexOf(one.name) - applyOrder.indexOf(other.name));
