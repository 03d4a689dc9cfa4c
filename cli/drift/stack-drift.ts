import { type Risk, risks } from "../../review/finding.ts";
import type { ArgumentChange } from "../../review/plan/argument-changes.ts";

/**
 * What has become of a stack. `drift`: somebody has changed it outside of the code; `undeployed`: the code is ahead of
 * it; `error`: it could not be asked, so nobody knows.
 */
export type Outcome = "clean" | "drift" | "undeployed" | "error";

/** Who wrote the fields that differ, as the API server remembers it. */
export interface Author {
	/** Field manager: the name that the program gave itself, such as `kubectl-edit`. */
	readonly manager: string;
	/** ISO 8601; undefined when the API server does not say. */
	readonly at: string | undefined;
}

/** One object that differs from the code without the code having changed. Holds no sensitive value. */
export interface DriftedObject {
	readonly what: "changed" | "deleted";
	/** Terraform address; of what Terraform does not see, where it is from and its name in the cluster. */
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
