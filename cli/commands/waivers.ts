import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print, printJson } from "../../terminal/output.ts";
import { examples } from "./examples.ts";

export function waiversCommand(project: Project) {
	return new Command("waivers")
		.description("list the waivers in force: which rule, where, and why it may be broken there")
		.option("--json", "print them as JSON")
		.addHelpText("after", examples(["infra waivers --site home", "what a reviewer should ask about"]))
		.action(async ({ json = false }) => {
			const [{ listWaivers }, { table }] = await Promise.all([
				import("../../rules/check-world.ts"),
				import("../../terminal/table.ts"),
			]);
			const app = await project.openApp();
			const waivers = listWaivers(app, { site: app.site, stacks: app.check().documents });
			if (json) printJson(waivers);
			else if (waivers.length === 0) print("no waivers");
			else
				print(
					table(
						["where", "rule", "findings", "justification"],
						waivers.map(({ path, rule, findings, justification }) => [
							path,
							rule,
							findings === undefined ? "of a chart" : String(findings),
							justification,
						]),
					),
				);
		});
}
