import type { Resource, StackDocument, World } from "../world/world.ts";
import type { Severity } from "./finding.ts";

/** A violation of a rule. */
export interface Violation {
	/** The block with the violation, or the stack if it is outside of all blocks. */
	readonly subject: Resource | StackDocument;
	/**
	 * Path of the argument inside the subject, such as `spec.template.spec.container[0].image`; empty for the whole.
	 */
	readonly argument: string;
	/** The problem, in a sentence with the offending value unless that may be secret. */
	readonly message: string;
}

/** A property that every synthesised world must have. One rule per file, named by its id. */
export interface Rule<Id extends string = string> {
	/** Kebab-case name, used by waivers and in messages. */
	readonly id: Id;
	readonly severity: Severity;
	/** The damage that the rule prevents. */
	readonly reason: string;
	/** What to change. */
	readonly remedy: string;
	/** Every violation in the world. Must not throw on any well-formed document. */
	readonly check: (world: World) => Iterable<Violation>;
}

/** A rule that looks at the world as a whole. */
export function worldRule<const Id extends string>(rule: Rule<Id>): Rule<Id> {
	return rule;
}

/** A rule that looks at each resource by itself. */
export function resourceRule<const Id extends string>(
	rule: Omit<Rule<Id>, "check">,
	check: (resource: Resource) => Iterable<Omit<Violation, "subject">>,
): Rule<Id> {
	return {
		...rule,
		*check(world) {
			for (const { resources } of world.stacks)
				for (const resource of resources)
					for (const violation of check(resource)) yield { subject: resource, ...violation };
		},
	};
}
