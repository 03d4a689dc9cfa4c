import type { StackDeclaration } from "../declaration.ts";
import { redisFacts } from "./facts.ts";
import { RedisStack } from "./redis-stack.ts";

export const redis: StackDeclaration = {
	...redisFacts,
	build: (app) => new RedisStack(app, redis),
};
