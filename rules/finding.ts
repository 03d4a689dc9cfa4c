/** `error` stops the synthesis; `warning` is printed and listed. */
export type Severity = "error" | "warning";

/** One violation as it is reported: what, where, why, and what to do. */
export interface Finding {
	/** Id of the rule, or `schema` for an argument that the provider would refuse. */
	readonly rule: string;
	readonly severity: Severity;
	readonly stack: string;
	/** Construct path, such as `redis/proxy/deployment`. */
	readonly path: string;
	/** Terraform address inside the stack; empty where a finding is about the stack. */
	readonly address: string;
	/** Argument inside the resource; empty for the whole. */
	readonly argument: string;
	readonly message: string;
	readonly remedy: string;
}

/** A world with at least one finding of severity `error`: nothing has been written. */
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
