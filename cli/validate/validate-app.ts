import { styleText } from "node:util";
import { openStacks } from "../../engine/open-stacks.ts";
import { PolicyError } from "../../rules/finding.ts";
import type { StackFacts } from "../../stacks/declaration.ts";
import type { InfraApp } from "../../stacks/infra-app.ts";
import { renderDiagnostic } from "../../terminal/failure.ts";
import type { LocatedDiagnostic } from "../../terminal/terraform-error.ts";

/** What Terraform says about one stack. */
export interface Verdict {
	readonly stack: string;
	readonly valid: boolean;
	readonly diagnostics: readonly LocatedDiagnostic[];
}

/**
 * Checks a world by the project's own rules, and by Terraform for the stacks that are named.
 *
 * @throws PolicyError when a rule of severity error is broken
 */
export async function validateApp(
	app: InfraApp,
	byTerraform: readonly StackFacts[],
): Promise<readonly Verdict[]> {
	const errors = app.check().findings.filter(({ severity }) => severity === "error");
	if (errors.length > 0) throw new PolicyError(errors);
	if (byTerraform.length === 0) return [];
	const verdicts: Verdict[] = [];
	for (const stack of await openStacks(app, byTerraform, { verbose: false })) {
		const diagnostics = await stack.held(async () => {
			await stack.init({ backend: false });
			return stack.validate();
		});
		const valid = diagnostics.every(({ severity }) => severity !== "error");
		verdicts.push({ stack: stack.document.stack, valid, diagnostics });
	}
	return verdicts;
}

export function renderVerdicts(verdicts: readonly Verdict[]): string[] {
	return verdicts.flatMap(({ stack, valid, diagnostics }) => [
		`terraform  ${stack}: ${valid ? styleText("green", "valid") : styleText("red", "not valid")}`,
		...diagnostics.map((diagnostic) => renderDiagnostic(diagnostic).replaceAll(/^/gm, "  ")),
	]);
}
