import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print, printJson } from "../../terminal/output.ts";
import { examples } from "./examples.ts";

export function validateCommand(project: Project) {
	return new Command("validate")
		.description("build all stacks and check them; write nothing")
		.option("--terraform", "write them as well, and ask Terraform and the providers")
		.option("--json", "print the report as JSON")
		.addHelpText(
			"after",
			examples(
				["infra validate", "rules and provider schemas, offline"],
				["infra validate --terraform", "and `terraform validate` for each stack"],
			),
		)
		.action(async ({ json = false, terraform = false }) => {
			const [{ reportOn, renderReport }, { validateApp, renderVerdicts }] = await Promise.all([
				import("../synth/synth-report.ts"),
				import("../validate/validate-app.ts"),
			]);
			const app = await project.openApp();
			const verdicts = await validateApp(app, terraform ? project.catalogue : []);
			const report = reportOn(app, { written: terraform });
			if (json) printJson({ ...report, ...(terraform ? { terraform: verdicts } : {}) });
			else print([renderReport(report), ...renderVerdicts(verdicts)].join("\n"));
			if (verdicts.some(({ valid }) => !valid)) process.exitCode = 1;
		});
}
