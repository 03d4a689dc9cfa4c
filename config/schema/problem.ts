import { VisibleError } from "./visible-error.ts";

/** One thing that is wrong with a configuration: where, what was expected, and what was likely meant. */
export interface Problem {
	/** Dotted path from the root of the site, such as `redis.proxy.hold.obsolete`. */
	readonly path: string;
	/** What is wrong and what would be right. */
	readonly message: string;
	/** The text that was written, when it may be a misspelling of one of `candidates`. */
	readonly input?: string;
	/** The names that would have been right. */
	readonly candidates?: readonly string[];
}

/** Every problem of one configuration at once. Printing them, with suggestions, is the caller's part. */
export class ConfigError extends VisibleError {
	override readonly name = "ConfigError";
	readonly subject: string;
	readonly problems: readonly Problem[];

	/** @param subject what was read, such as `site lab` */
	constructor(subject: string, problems: readonly Problem[]) {
		super(`${subject}: ${problems.length} problem(s)`);
		this.subject = subject;
		this.problems = problems;
	}
}
