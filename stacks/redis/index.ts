import type { StackDeclaration } from "../declaration.ts";
import { RedisStack } from "./redis-stack.ts";

export const redis: StackDeclaration = {
	name: "redis",
	purpose: "Shared Redis: replica set with Sentinels behind a proxy that follows the master",
	stateTier: 1,
	build: (app) => new RedisStack(app, redis),
};
