import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print, printJson } from "../../terminal/output.ts";
import { examples } from "./examples.ts";

export function siteCommand(project: Project) {
	const schema = new Command("schema")
		.description("print the JSON Schema of a site")
		.addHelpText("after", examples(["infra site schema > site.schema.json", "for an editor"]))
		.action(async () => {
			const { siteJsonSchema } = await import("../../config/parse-site.ts");
			printJson(siteJsonSchema());
		});
	const show = new Command("show")
		.description("print the validated site, durations in milliseconds and sizes in bytes")
		.option("--json", "print it as JSON")
		.addHelpText("after", examples(["infra site show --site home", "what the stacks are built from"]))
		.action(async ({ json = false }) => {
			const { inspect } = await import("node:util");
			const site = await project.loadSite();
			if (json) printJson(site);
			else print(inspect(site, { depth: null, colors: process.stdout.isTTY && !process.env.NO_COLOR }));
		});
	return new Command("site")
		.description("show the site, or the schema of one")
		.addHelpText("after", examples(["infra site show", "the site in use"]))
		.addCommand(schema)
		.addCommand(show);
}
