import type { TerraformEvent } from "../../terminal/diagnostic.ts";

/** Events of a plan that report no change. One that is not listed may report one. */
const silent = [
	"version",
	"log",
	"diagnostic",
	"refresh_start",
	"refresh_complete",
	"ephemeral_op_start",
	"ephemeral_op_progress",
	"ephemeral_op_complete",
	// Reads of data sources.
	"apply_start",
	"apply_progress",
	"apply_complete",
	"change_summary",
];

/**
 * Whether an event of a plan reports nothing that a reader of the plan is shown. When all events of a plan without
 * changes are silent, `terraform show` has nothing to add: it would start every provider for an empty list.
 */
export function isSilent({ type, changes, outputs = {} }: TerraformEvent): boolean {
	if (type === "outputs") return Object.values(outputs).every(({ action }) => action === "noop");
	if (type === "change_summary")
		return Object.values(changes ?? { unknown: 1 }).every(
			(count) => count === 0 || typeof count === "string",
		);
	return silent.includes(type);
}
