import type { StackFacts } from "../declaration.ts";

export const appTemplateFacts: StackFacts = {
	// Stands for the name of a stack; the template itself is never applied.
	name: "app-template" as StackFacts["name"],
	purpose: "Purpose of the app",
	stateTier: 1,
};
