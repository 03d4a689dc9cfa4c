import type { LocatedDiagnostic } from "../../terminal/terraform-error.ts";

/** Result of a plan. */
export interface Planned {
	/** Whether there is anything to apply. */
	readonly changes: boolean;
	/** Whether it has nothing to show either, such as drift. */
	readonly empty: boolean;
	readonly warnings: readonly LocatedDiagnostic[];
}
