import type { StackFacts } from "../declaration.ts";

export const mailserverFacts: StackFacts = {
	name: "mailserver",
	purpose: "Mail: server with a way in for pods and one for the world, its records in the zone, and its jobs",
	stateTier: 1,
};
