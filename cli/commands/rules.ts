import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print, printJson } from "../../terminal/output.ts";
import { examples } from "./examples.ts";

export function rulesCommand(_project: Project) {
	return new Command("rules")
		.description("list the rules that every synthesised stack must pass")
		.option("--json", "print them as JSON, with their remedies")
		.addHelpText("after", examples(["infra rules", "each rule with the damage that it prevents"]))
		.action(async ({ json = false }) => {
			const [{ rules }, { table }] = await Promise.all([
				import("../../rules/catalogue/index.ts"),
				import("../../terminal/table.ts"),
			]);
			if (json)
				printJson(rules.map(({ id, severity, reason, remedy }) => ({ id, severity, reason, remedy })));
			else
				print(
					table(
						["rule", "severity", "why"],
						rules.map(({ id, severity, reason }) => [id, severity, reason]),
					),
				);
		});
}
