import type { StackFacts } from "../declaration.ts";

export const platformFacts: StackFacts = {
	name: "platform",
	purpose: "Tiers and admission, rights and limits of people and tenants, the zone and the tunnel",
	stateTier: 0,
};
