import type { Attempt } from "./client-program.ts";

/** What the writes of a probe say about a scenario. */
export class WriteReport {
	readonly attempts: readonly Attempt[];
	readonly #survivors: ReadonlySet<string>;

	/** @param survivors keys found on the master at the end */
	constructor(attempts: readonly Attempt[], survivors: Iterable<string>) {
		this.attempts = attempts;
		this.#survivors = new Set(survivors);
	}

	get acknowledged(): number {
		return this.count("acknowledged");
	}

	/** Writes that a client was told are safe, and that are gone. */
	get lost(): number {
		return this.lostAttempts.length;
	}

	get lostAttempts(): readonly Attempt[] {
		return this.attempts.filter(
			({ key, outcome }) => outcome === "acknowledged" && !this.#survivors.has(key),
		);
	}

	count(outcome: string): number {
		return this.attempts.filter((attempt) => attempt.outcome === outcome).length;
	}

	/** From the first attempt that failed (with `outcome`, if given) to the next one after the last such, seconds. */
	window(outcome?: string): number {
		const failed = ({ outcome: actual }: Attempt) =>
			outcome === undefined ? actual !== "acknowledged" : actual === outcome;
		const first = this.attempts.findIndex(failed);
		if (first < 0) return 0;
		const last = this.attempts.findLastIndex(failed);
		const end = this.attempts[last + 1] ?? this.attempts[last];
		return seconds((end?.at ?? 0) - (this.attempts[first]?.at ?? 0));
	}

	/** The longest time without a single acknowledged write, in seconds. */
	get outage(): number {
		let longest = 0;
		let begin: number | undefined;
		for (const { at, outcome } of this.attempts) {
			if (outcome !== "acknowledged") begin ??= at;
			else begin = undefined;
			if (begin !== undefined) longest = Math.max(longest, at - begin + this.#pace);
		}
		return seconds(longest);
	}

	/** `530 acknowledged, 125 lost, 72 READONLY, outage 0.3 s` */
	toString(): string {
		const others = new Set(
			this.attempts.map(({ outcome }) => outcome).filter((name) => name !== "acknowledged"),
		);
		return [
			`${this.acknowledged} acknowledged`,
			`${this.lost} lost`,
			...[...others].sort().map((outcome) => `${this.count(outcome)} ${outcome}`),
			`outage ${this.outage} s`,
		].join(", ");
	}

	get #pace(): number {
		const [first, second] = this.attempts;
		return first !== undefined && second !== undefined ? second.at - first.at : 0;
	}
}

const seconds = (milliseconds: number) => Math.round(milliseconds / 10) / 100;
