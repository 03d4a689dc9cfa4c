import { VisibleError } from "./visible-error.ts";

/** A problem of a configuration: place, expectation, and likely spelling. */
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

/** All problems of one configuration. The caller prints them, with suggestions. */
export class ConfigError extends VisibleError {
	override readonly name = "ConfigError";
	readonly subject: string;
	readonly problems: readonly Problem[];

	/** @param subject what was read, such as `site lab` */
	constructor(subject: string, problems: readonly Problem[]) {
		const lines = problems.map(({ path, message }) => `  ${path}: ${message}`);
		super([`${subject}: ${problems.length} problem(s)`, ...lines].join("\n"));
		this.subject = subject;
		this.problems = problems;
	}
}
