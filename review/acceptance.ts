/** A line of a pull request by which its author takes the responsibility for a blocking finding. */
export interface Acceptance {
	readonly stack: string;
	/** Terraform address inside the stack, or `-` for the stack as a whole. */
	readonly address: string;
	readonly reason: string;
	/** Last day on which it holds, in UTC: `2026-12-31`. */
	readonly until: string;
}

/** What a blocking finding is about. */
export interface Accepted {
	readonly stack: string;
	/** Terraform address inside the stack; empty for the stack as a whole, which a line names `-`. */
	readonly address: string;
}

export interface Verdict<Finding extends Accepted> {
	/** Lines that hold today, each for one finding at least. */
	readonly accepted: readonly Acceptance[];
	/** Blocking findings that nobody has accepted. */
	readonly open: readonly Finding[];
	/** What is wrong with the lines themselves, a sentence each. */
	readonly problems: readonly string[];
}

const shortestReason = 15;

/** How such a line is written, for whoever needs one. */
export function acceptanceLine({ stack, address }: Accepted, until = "YYYY-MM-DD"): string {
	return `accept: ${stack} ${address || "-"} until ${until} because REASON`;
}

/**
 * Compares the blocking findings of a review with the lines of the pull request's description. A line that accepts
 * nothing, has expired or cannot be read is a problem: it would stay, and accept what comes later.
 *
 * @param description Markdown, of whoever opened the pull request
 * @param today in UTC: `2026-12-31`
 */
export function judge<Finding extends Accepted>(
	findings: readonly Finding[],
	description: string,
	today: string,
): Verdict<Finding> {
	const { acceptances, problems } = readAcceptances(description);
	const valid = acceptances.filter(({ until }) => until >= today);
	const meets = (acceptance: Acceptance) => (finding: Accepted) =>
		finding.stack === acceptance.stack && (finding.address || "-") === acceptance.address;
	return {
		accepted: valid.filter((acceptance) => findings.some(meets(acceptance))),
		open: findings.filter((finding) => !valid.some((acceptance) => meets(acceptance)(finding))),
		problems: [
			...problems,
			...acceptances
				.filter(({ until }) => until < today)
				.map(({ stack, address, until }) => `the acceptance of ${stack} ${address} ended on ${until}`),
			...valid
				.filter((acceptance) => !findings.some(meets(acceptance)))
				.map(({ stack, address }) => `nothing in ${stack} ${address} needs an acceptance: take the line out`),
		],
	};
}

/** Reads the lines of a description that begin with `accept:`, outside of comments and blocks of code. */
export function readAcceptances(description: string): {
	readonly acceptances: readonly Acceptance[];
	readonly problems: readonly string[];
} {
	const lines = description
		.replaceAll(/<!--[\s\S]*?(-->|$)/g, "")
		.replaceAll(/^ {0,3}(```|~~~)[\s\S]*?(^ {0,3}\1|$(?![\s\S]))/gm, "")
		.split(/\r?\n/)
		.map((line) => line.trim().replace(/^[-*] +/, ""))
		.filter((line) => /^accept:/i.test(line));
	const acceptances: Acceptance[] = [];
	const problems: string[] = [];
	for (const line of lines) {
		const [, stack = "", address = "", until = "", reason = ""] =
			/^accept:\s*`?([\w-]+)`?\s+`?(.+?)`?\s+until\s+(\S+)\s+because\s+(.+)$/i.exec(line) ?? [];
		if (stack === "")
			problems.push(`"${line}": expected "${acceptanceLine({ stack: "STACK", address: "ADDRESS" })}"`);
		else if (!isDay(until)) problems.push(`"${line}": ${until} is no day such as 2026-12-31`);
		else if (reason.length < shortestReason)
			problems.push(`"${line}": expected a reason of at least ${shortestReason} characters`);
		else acceptances.push({ stack, address, until, reason });
	}
	return { acceptances, problems };
}

function isDay(text: string): boolean {
	const date = new Date(`${text}T00:00:00Z`);
	return (
		/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
	);
}
