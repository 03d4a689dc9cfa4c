import type { StackDeclaration } from "../declaration.ts";
import { mailserverFacts } from "./facts.ts";
import { MailserverStack } from "./mailserver-stack.ts";

export const mailserver: StackDeclaration = {
	...mailserverFacts,
	build: (app) => new MailserverStack(app, mailserver),
};
