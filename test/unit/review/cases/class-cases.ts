import type { PlannedStack } from "../../../../review/finding-class.ts";

/** Plans on both sides of the border of a class. */
export interface ClassCases {
	/** Plans with findings, each as `risk: message`. The name is a sentence about the plan. */
	readonly finds: Readonly<
		Record<string, { readonly planned: PlannedStack; readonly findings: readonly string[] }>
	>;
	/** Plans that are nearly as bad and have none. */
	readonly passes: Readonly<Record<string, PlannedStack>>;
}
