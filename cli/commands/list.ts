import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print, printJson } from "../../terminal/output.ts";
import { examples } from "./examples.ts";

export function listCommand(project: Project) {
	return new Command("list")
		.description("list the stacks in the order in which they are applied")
		.option("--json", "print the list as JSON")
		.addHelpText("after", examples(["infra list", "names, purposes, and where the state of each is kept"]))
		.action(async ({ json = false }) => {
			const { listStacks, renderList } = await import("../list/list-stacks.ts");
			const stacks = listStacks(project.catalogue, await project.loadSite());
			if (json) printJson(stacks);
			else print(renderList(stacks));
		});
}
