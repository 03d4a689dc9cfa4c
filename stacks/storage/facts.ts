import type { StackFacts } from "../declaration.ts";

export const storageFacts: StackFacts = {
	name: "storage",
	purpose: "Volumes: block, NFS and node-local classes with their drivers, growth, snapshots",
	stateTier: 0,
};
