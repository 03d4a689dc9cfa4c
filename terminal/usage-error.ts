import { VisibleError } from "../config/schema/visible-error.ts";
import { didYouMean } from "./suggestion.ts";

/** The command was asked for something that cannot be done; `hint` says what can. */
export class UsageError extends VisibleError {
	override readonly name = "UsageError";
	readonly hint: string | undefined;

	constructor(message: string, hint?: string) {
		super(message);
		this.hint = hint;
	}
}

/** A name that is not among those that exist. */
export function noSuch(kind: string, name: string, candidates: readonly string[]): UsageError {
	return new UsageError(
		`no such ${kind}: ${name}`,
		didYouMean(name, candidates) ?? `expected ${candidates.join(", ") || "nothing, there is none"}`,
	);
}
