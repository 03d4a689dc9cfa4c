import leven from "leven";

/** `did you mean x?` for a likely misspelling: at most about a third of the letters differ. */
export function didYouMean(input: string, candidates: readonly string[]): string | undefined {
	const limit = Math.ceil(input.length / 3);
	const [best] = candidates
		.map((candidate) => ({ candidate, distance: leven(input, candidate, { maxDistance: limit + 1 }) }))
		.filter(({ distance }) => distance <= limit)
		.toSorted((left, right) => left.distance - right.distance);
	return best && `did you mean ${best.candidate}?`;
}
