import { styleText } from "node:util";
import type { InfraApp } from "../stacks/infra-app.ts";

/** Prints stacks that were left out because the registry does not allow them, on the standard error. */
export function warnOfLeftOut({ leftOut }: Pick<InfraApp, "leftOut">): void {
	for (const { stack, reason } of leftOut)
		console.error(
			`${styleText("yellow", "warning", { stream: process.stderr })}: stack ${stack} is left out\n  ${reason.replaceAll("\n", "\n  ")}`,
		);
}
