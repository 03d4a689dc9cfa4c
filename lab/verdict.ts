/** A claim about the lab, and the problem found with it. */
export interface Verdict {
	readonly claim: string;
	/** Empty when the claim holds. */
	readonly problem: string;
}
