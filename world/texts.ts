import { oncePer } from "./once-per.ts";
import type { Json, Resource, StackDocument, World } from "./world.ts";

/** A string somewhere in a synthesised document. */
export interface TextField {
	readonly subject: Resource | StackDocument;
	/** Path inside the subject, such as `spec.rule[0].host` or `terraform.backend.local.path`. */
	readonly argument: string;
	/** Name of the value: the nearest key, or `name` in a pair of `name` and `value`. */
	readonly key: string;
	readonly value: string;
}

const blockSections = new Set(["resource", "data", "ephemeral"]);

/** Every string of a world, including those outside of resources (backend, providers, outputs, locals). */
export const textsOf = oncePer((world: World): readonly TextField[] => {
	const texts: TextField[] = [];
	for (const stack of world.stacks) {
		for (const [section, value] of Object.entries(stack.json))
			if (!blockSections.has(section)) collect(stack, value, section, section, texts);
		for (const resource of stack.resources)
			for (const [key, value] of Object.entries(resource.arguments))
				collect(resource, value, key, key, texts);
	}
	return texts;
});

function collect(
	subject: TextField["subject"],
	value: Json | undefined,
	argument: string,
	key: string,
	texts: TextField[],
): void {
	if (typeof value === "string") texts.push({ subject, argument, key, value });
	else if (Array.isArray(value))
		for (const [index, item] of value.entries()) collect(subject, item, `${argument}[${index}]`, key, texts);
	else if (typeof value === "object" && value !== null)
		for (const name in value) {
			const isNamed = name === "value" && typeof value.name === "string";
			collect(subject, value[name], `${argument}.${name}`, isNamed ? String(value.name) : name, texts);
		}
}
