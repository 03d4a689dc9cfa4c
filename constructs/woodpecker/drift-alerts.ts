import { formatDuration, hours, inSeconds } from "../../config/schema/duration.ts";
import type { AlertRule } from "../monitoring/alert-rule.ts";
import { driftStates } from "./drift-states.ts";

/** When a daily look at all stacks is late. */
const staleAfter = hours(26);
/** Hours that drift may stay. */
const patience = 72;
/** Stacks with drift that are many, however many there are. */
const many = 10;

/** Alerts on what `infra drift --push` says, and on its silence (docs/reference/drift.md#alerts). */
export function driftAlerts(): AlertRule[] {
	const last = "drift_detection_last_run_timestamp";
	const late = formatDuration(staleAfter);
	return [
		{
			alert: "DriftDetectionStale",
			expr: `time() - ${last} > ${inSeconds(staleAfter)}`,
			for: "30m",
			severity: "warning",
			summary: `Nobody has looked for drift for ${late}`,
		},
		{
			alert: "DriftDetectionNeverRun",
			expr: `absent(${last})`,
			for: late,
			severity: "warning",
			summary: "Nobody has ever looked for drift, or the Pushgateway has lost its values",
		},
		{
			alert: "DriftStacksNotAsked",
			expr: "drift_error_count > 0",
			for: late,
			severity: "warning",
			summary:
				"{{ $value }} stacks could not be asked for drift in two looks: nobody knows whether they have any",
		},
		{
			alert: "CodeNotDeployed",
			// The CI server takes a step whose pod was evicted for one that has succeeded.
			expr: `drift_stack_state == ${driftStates.undeployed}`,
			for: late,
			severity: "warning",
			summary:
				"The code of stack {{ $labels.stack }} waits for its deploy since two looks: the pipeline that was to bring it may be green, and have ended midway",
		},
		{
			alert: "DriftUnaddressed",
			expr: `drift_stack_age_hours > ${patience}`,
			for: "1h",
			severity: "warning",
			summary:
				'Stack {{ $labels.stack }} has differed from the code for {{ $value | printf "%.0f" }} hours: take it over, or undo it',
		},
		{
			alert: "DriftStacksMany",
			// Of a handful of stacks ten would never be reached.
			expr: `drift_stack_count > ${many} or drift_stack_count > scalar(count(drift_stack_state)) / 2`,
			for: "30m",
			severity: "warning",
			summary: "{{ $value }} stacks differ from the code: somebody, or a program, works around it",
		},
	];
}
