import type { StackFacts } from "../declaration.ts";

export const redisFacts: StackFacts = {
	name: "redis",
	purpose: "Shared Redis: replica set with Sentinels behind a proxy that follows the master",
	stateTier: 1,
};
