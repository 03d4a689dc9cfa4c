import { applyOrder, type StackFacts } from "./declaration.ts";
import { mailserverFacts } from "./mailserver/facts.ts";
import { platformFacts } from "./platform/facts.ts";
import { redisFacts } from "./redis/facts.ts";
import { storageFacts } from "./storage/facts.ts";
import { vaultFacts } from "./vault/facts.ts";
import { woodpeckerFacts } from "./woodpecker/facts.ts";

/** Facts of every stack, in the order in which they are applied. Loads nothing of the engine. */
export const catalogue: readonly StackFacts[] = [
	mailserverFacts,
	platformFacts,
	redisFacts,
	storageFacts,
	vaultFacts,
	woodpeckerFacts,
].toSorted((one, other) => applyOrder.indexOf(one.name) - applyOrder.indexOf(other.name));
