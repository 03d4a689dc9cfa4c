import type { Resource, World } from "./world.ts";

/** `error` stops the synthesis; `warning` is printed and listed. */
export type Severity = "error" | "warning";

/** One place that breaks a rule. */
export interface Violation {
	readonly resource: Resource;
	/** Path of the argument inside the resource, such as `spec.template.spec.container[0].image`; empty for the whole. */
	readonly argument: string;
	/** What is wrong there: a sentence with the offending value. */
	readonly message: string;
}

/** A property that every synthesised world must have. One rule per file, named after its id. */
export interface Rule {
	/** Kebab-case name, used by waivers and in messages. */
	readonly id: string;
	readonly severity: Severity;
	/** Why the rule exists: the damage that it prevents. */
	readonly reason: string;
	/** What the reader should change. */
	readonly remedy: string;
	/** Every violation in the world. Must not throw on any well-formed document. */
	readonly check: (world: World) => Iterable<Violation>;
}

/** A rule that looks at each resource by itself. */
export function resourceRule(
	rule: Omit<Rule, "check">,
	check: (resource: Resource) => Iterable<Omit<Violation, "resource">>,
): Rule {
	return {
		...rule,
		*check(world) {
			for (const { resources } of world.stacks)
				for (const resource of resources)
					for (const violation of check(resource)) yield { resource, ...violation };
		},
	};
}
