import type { StackDeclaration } from "../declaration.ts";
import { AppTemplateStack } from "./app-template-stack.ts";
import { appTemplateFacts } from "./facts.ts";

export const appTemplate: StackDeclaration = {
	...appTemplateFacts,
	build: (app) => new AppTemplateStack(app, appTemplate),
};
