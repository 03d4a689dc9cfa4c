import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print, printJson } from "../../terminal/output.ts";
import { examples } from "./examples.ts";

export function synthCommand(project: Project) {
	return new Command("synth")
		.description("build all stacks, check them, and write them")
		.option("--json", "print the report as JSON")
		.addHelpText(
			"after",
			examples(
				["infra synth", "all stacks of the default site"],
				["infra synth --site home", "of another site"],
				["infra synth --json", "where each stack was written, for a script"],
			),
		)
		.action(async ({ json = false }) => {
			const { reportOn, renderReport } = await import("../synth/synth-report.ts");
			const app = await project.openApp();
			app.synth();
			const report = reportOn(app, { written: true });
			if (json) printJson(report);
			else print(renderReport(report));
		});
}
