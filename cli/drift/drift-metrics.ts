import { renderGauges } from "../../clients/pushgateway/gauges.ts";
import { driftStates } from "../../constructs/woodpecker/drift-states.ts";
import { type Outcome, outcomeOf, type SourceReport, type StackDrift } from "./stack-drift.ts";

/** Group of the Pushgateway that every run replaces as a whole. */
export const driftJob = "drift-detection";

/** Values of `drift_source_state`. */
const sourceValues: Readonly<Record<SourceReport["outcome"], number>> = { ...driftStates, "left out": 4 };

/** Metrics of a run, with what each says. */
export const driftMetrics = {
	drift_stack_state: "0 clean, 1 drift, 2 could not be asked, 3 code that nobody has deployed",
	drift_stack_first_seen: "Unix time of the first run that found the drift which is still there",
	drift_stack_age_hours: "Hours since then, at the last run",
	drift_source_state: "The same of what no plan shows; 4 left out, for the site has no way to it",
	drift_stack_count: "Stacks with drift",
	drift_error_count: "Stacks of which a part could not be asked",
	drift_clean_count: "Stacks without drift of which everything was asked and deployed",
	drift_detection_last_run_timestamp: "Unix time of the last run",
} as const;

/** Unix times of the first run that found the drift of a stack. */
export type FirstSeen = ReadonlyMap<string, number>;

/**
 * When the drift of each stack was first seen: as the last run said, else now. A stack without drift has none; of one
 * that could not be asked nobody knows whether it still has it, so its time stays.
 */
export function firstSeen(stacks: readonly StackDrift[], before: FirstSeen, now: number): FirstSeen {
	return new Map(
		stacks.flatMap((stack): [string, number][] => {
			const known = before.get(stack.stack);
			// A clock that ran ahead would give the drift an age below zero.
			const past = known !== undefined && known > 0 && known <= now ? known : undefined;
			const outcome = outcomeOf(stack);
			if (outcome === "drift") return [[stack.stack, past ?? now]];
			return outcome === "error" && past !== undefined ? [[stack.stack, past]] : [];
		}),
	);
}

/**
 * The metrics of a run in Prometheus' text format, all of them in one text.
 *
 * @param now Unix time in seconds
 */
export function renderMetrics(stacks: readonly StackDrift[], seen: FirstSeen, now: number): string {
	const of = (outcome: Outcome) => stacks.filter((stack) => outcomeOf(stack) === outcome).length;
	const times = [...seen];
	return renderGauges(driftMetrics, {
		drift_stack_state: stacks.map((stack) => ({
			labels: { stack: stack.stack },
			value: driftStates[outcomeOf(stack)],
		})),
		drift_stack_first_seen: times.map(([stack, value]) => ({ labels: { stack }, value })),
		drift_stack_age_hours: times.map(([stack, time]) => ({ labels: { stack }, value: (now - time) / 3600 })),
		drift_source_state: stacks.flatMap(({ stack, sources }) =>
			sources.map(({ name, outcome }) => ({
				labels: { stack, source: name },
				value: sourceValues[outcome],
			})),
		),
		drift_stack_count: [{ value: of("drift") }],
		drift_error_count: [{ value: stacks.filter(({ errors }) => errors.length > 0).length }],
		drift_clean_count: [{ value: of("clean") }],
		drift_detection_last_run_timestamp: [{ value: now }],
	});
}
