import type { StackFacts } from "../declaration.ts";

export const storageFacts: StackFacts = {
	name: "storage",
	purpose: "Machines of the hypervisor, and volumes: classes with their drivers, growth, snapshots",
	stateTier: 0,
};
