/** `error` stops the synthesis; `warning` is printed and listed. */
export type Severity = "error" | "warning";

/** A reported violation: what, where, why, and remedy. */
export interface Finding {
	/** Id of the rule, or `schema` for an argument that the provider would refuse. */
	readonly rule: string;
	readonly severity: Severity;
	readonly stack: string;
	/** Construct path, such as `redis/proxy/deployment`. */
	readonly path: string;
	/** Terraform address inside the stack; empty when the finding is about the stack. */
	readonly address: string;
	/** Path of the argument in the resource; empty for the whole resource. */
	readonly argument: string;
	readonly message: string;
	readonly remedy: string;
}

/** The world has findings of severity `error`; nothing was written. */
export class PolicyError extends Error {
	override readonly name = "PolicyError";
	readonly findings: readonly Finding[];

	constructor(findings: readonly Finding[]) {
		super(
			findings
				.map(({ rule, path, argument, message }) => `${path} ${argument} [${rule}] ${message}`)
				.join("\n"),
		);
		this.findings = findings;
	}
}
