import { VisibleError } from "../config/schema/visible-error.ts";

/** Exit codes of what was applied and is not known to be well. */
export const notWell = { unwell: 3, unasked: 4 } as const;

/** Something was applied, and then it was not well, or could not be asked whether it is. */
export class NotWell extends VisibleError {
	override readonly name = "NotWell";
	readonly exitCode: number;

	constructor(message: string, outcome: keyof typeof notWell) {
		super(message);
		this.exitCode = notWell[outcome];
	}
}
