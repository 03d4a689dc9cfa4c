import { VisibleError } from "../config/schema/visible-error.ts";
import { didYouMean } from "./suggestion.ts";

/** A request that cannot be fulfilled; `hint` says what can. */
export class UsageError extends VisibleError {
	override readonly name = "UsageError";
	readonly hint: string | undefined;

	constructor(message: string, hint?: string) {
		super(message);
		this.hint = hint;
	}
}

/** An unknown name, with suggestions. */
export function noSuch(kind: string, name: string, candidates: readonly string[]): UsageError {
	return new UsageError(
		`no such ${kind}: ${name}`,
		didYouMean(name, candidates) ?? `expected ${candidates.join(", ") || "nothing, there is none"}`,
	);
}
