import type { StackDeclaration } from "./declaration.ts";
import { mailserver } from "./mailserver/index.ts";
import { platform } from "./platform/index.ts";
import { redis } from "./redis/index.ts";
import { storage } from "./storage/index.ts";
import { vault } from "./vault/index.ts";
import { woodpecker } from "./woodpecker/index.ts";

/** Every stack that exists. */
export const stacks: readonly StackDeclaration[] = [storage, vault, platform, redis, mailserver, woodpecker];
