import { styleText } from "node:util";
import type { InfraApp } from "../stacks/infra-app.ts";

/** Tells of the stacks that the registry does not allow, on the standard error: the world goes on without them. */
export function warnOfLeftOut({ leftOut }: Pick<InfraApp, "leftOut">): void {
	for (const { stack, reason } of leftOut)
		console.error(
			`${styleText("yellow", "warning", { stream: process.stderr })}: stack ${stack} is left out\n  ${reason.replaceAll("\n", "\n  ")}`,
		);
}
