import fc from "fast-check";

/** Whom a fault hits: by the role that a node has when it begins. */
type Victim = "master" | "first replica" | "last replica";

/** What happens to one node, and is over after a time. */
export const faultKinds = [
	"killed",
	"stopped",
	"cut off from its peers",
	"cut off from one peer",
	"frozen",
	"with a frozen Sentinel",
	"on a slow link",
	"without its volume",
	"with a full disk",
	"with a wrong clock",
	"while it rewrites its file",
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
	readonly kind: FaultKind;
	readonly victim: Victim;
	/** Milliseconds from its begin to its end. */
	readonly lasts: number;
	/** Seconds by which a wrong clock is wrong. */
	readonly skew: number;
}

/** All nodes lose power, and start again one after the other. */
export interface PowerCut {
	/** Numbers of the nodes. */
	readonly order: readonly number[];
	/** Milliseconds from start to start. */
	readonly gap: number;
}

/** Faults of one after the other, perhaps a cut of power in the middle, and then calm until all is well. */
export interface Round {
	/** Each begins when the one before it is over, without a pause for the node to recover. */
	readonly faults: readonly Fault[];
	/** While the first fault lasts. */
	readonly powerCut: PowerCut | undefined;
}

const duration = fc.oneof(
	fc.integer({ min: 500, max: 4000 }),
	// Longer than it takes to replace a master.
	fc.integer({ min: 6000, max: 12_000 }),
);

/** @param kinds of faults that may occur @returns rounds without an end, always the same for a seed */
export function* roundsOf(seed: number, kinds: readonly FaultKind[] = faultKinds): Generator<Round> {
	const fault = fc.record<Fault>({
		kind: fc.constantFrom(...kinds),
		victim: fc.constantFrom("master", "first replica", "last replica"),
		lasts: duration,
		skew: fc.constantFrom(-86_400, -60, 60, 86_400),
	});
	const powerCut = fc.record<PowerCut>({
		order: fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
		gap: fc.constantFrom(0, 1000, 5000),
	});
	const round = fc.record<Round>({
		faults: fc.oneof(
			{ weight: 3, arbitrary: fc.tuple(fault) },
			{ weight: 1, arbitrary: fc.tuple(fault, fault) },
		),
		powerCut: fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: powerCut }),
	});
	for (let part = 0; ; part++) yield* fc.sample(round, { seed: seed + part, numRuns: 100 });
}

/** A round as one reads it in a log. */
export function describeRound({ faults, powerCut }: Round): string {
	const told = faults.map(({ kind, victim, lasts, skew }) => {
		const wrong = kind === "with a wrong clock" ? ` by ${skew} s` : "";
		return `${victim} ${kind}${wrong} for ${lasts} ms`;
	});
	if (powerCut !== undefined)
		told.push(`meanwhile all without power, starting ${powerCut.order.join(", ")}, ${powerCut.gap} ms apart`);
	return told.join("; ");
}
