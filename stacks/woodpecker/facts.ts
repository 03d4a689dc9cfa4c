import type { StackFacts } from "../declaration.ts";

export const woodpeckerFacts: StackFacts = {
	name: "woodpecker",
	purpose: "CI server, its agents, and the identities under which pipelines run",
	stateTier: 1,
};
