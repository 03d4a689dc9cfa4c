import type { ChangeFinding } from "../review/finding.ts";
import type { Diagnostic } from "./diagnostic.ts";

/** A diagnostic with its construct. */
export interface LocatedDiagnostic extends Diagnostic {
	/** Construct path, such as `redis/proxy/deployment`. */
	readonly path?: string;
}

export interface TerraformFailure {
	/** Name of the stack. */
	readonly stack: string;
	/** Subcommand, such as `plan`. */
	readonly command: string;
	readonly diagnostics: readonly LocatedDiagnostic[];
	/** Standard error, for failures without diagnostics. */
	readonly stderr?: string;
	readonly stateLock?: StateLock | undefined;
	/** What is known of the cause beside what Terraform says. @default nothing */
	readonly findings?: readonly ChangeFinding[];
}

/** What is known of the lock on a state. */
export interface StateLock {
	/** How to find and end who holds it. */
	readonly help: string;
	/** Whether the lock information of Terraform is about the holder. */
	readonly describesHolder: boolean;
}

/** A run of Terraform that failed. */
export class TerraformError extends Error {
	override readonly name = "TerraformError";
	readonly failure: TerraformFailure;

	constructor(failure: TerraformFailure) {
		super(`terraform ${failure.command} failed in stack ${failure.stack}`);
		this.failure = failure;
	}
}
