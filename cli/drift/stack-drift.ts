import { type Risk, risks } from "../../review/finding.ts";
import type { ArgumentChange } from "../../review/plan/argument-changes.ts";
import { type SourceName, sourceNames } from "./source-names.ts";

/**
 * What has become of a stack. `drift`: somebody has changed it outside of the code; `undeployed`: the code is ahead of
 * it; `error`: it could not be asked, so nobody knows.
 */
export type Outcome = "clean" | "drift" | "undeployed" | "error";

/** What has become of something that a plan does not show. `left out`: the site has no way to it, so nobody looked. */
export interface SourceReport {
	readonly name: SourceName;
	readonly outcome: Outcome | "left out";
	/** Why it was left out, and what could not be seen in it, a sentence each without a full stop. */
	readonly remarks: readonly string[];
}

/** Who wrote the fields that differ, as the API server remembers it. */
export interface Author {
	/** Field manager: the name that the program gave itself, such as `kubectl-edit`. */
	readonly manager: string;
	/** ISO 8601; undefined when the API server does not say. */
	readonly at: string | undefined;
}

/** One object that differs from the code without the code having changed. Holds no sensitive value. */
export interface DriftedObject {
	/** `unmanaged`: no stack declares it; `missing`: it is read, and was never there. */
	readonly what: "changed" | "deleted" | "unmanaged" | "missing";
	/** Terraform address; of what Terraform does not see, where it is from and its name there. */
	readonly address: string;
	/** Construct path. */
	readonly path?: string | undefined;
	/** How bad it is, or how bad an apply would be that undoes it. */
	readonly risk: Risk;
	/** What differs: `before` as the code has it, `after` as it was found. */
	readonly arguments: readonly ArgumentChange[];
	/** Sentences about what an apply would do, without a full stop. */
	readonly consequences: readonly string[];
	readonly authors?: readonly Author[];
	/** ISO 8601: since when, as the place where it is says. */
	readonly since?: string;
}

/** What was found about one stack. */
export interface StackDrift {
	readonly stack: string;
	/** The worst first. */
	readonly drifted: readonly DriftedObject[];
	/** Addresses of objects that were changed outside where the code leaves it so. */
	readonly tolerated: readonly string[];
	/** Objects in namespaces of the stack that nothing in the code has made: `ConfigMap shop/settings`. */
	readonly unmanaged: readonly string[];
	/** Number of changes of the code that nobody has deployed. */
	readonly undeployed: number;
	/** Why a part of the stack, or all of it, could not be asked, a sentence each. */
	readonly errors: readonly string[];
	/** What else was asked about the stack. */
	readonly sources: readonly SourceReport[];
}

/** Whether an address names something of a source, such as `vault sys/policies/acl/old`. */
export function isOfSource(address: string): boolean {
	return sourceNames.some((name) => address.startsWith(`${name} `));
}

/** Drift is known even where a part could not be asked; without any, an error leaves everything open. */
export function outcomeOf({ drifted, undeployed, errors }: StackDrift): Outcome {
	if (drifted.length > 0) return "drift";
	if (errors.length > 0) return "error";
	return undeployed > 0 ? "undeployed" : "clean";
}

export function worstFirst(objects: readonly DriftedObject[]): DriftedObject[] {
	return risks.flatMap((risk) => objects.filter((object) => object.risk === risk));
}

/** 0 without drift, 2 with; 1 as soon as something could not be asked, whatever else was found. */
export function exitCodeOf(stacks: readonly StackDrift[]): 0 | 1 | 2 {
	if (stacks.some(({ errors }) => errors.length > 0)) return 1;
	return stacks.some(({ drifted }) => drifted.length > 0) ? 2 : 0;
}
