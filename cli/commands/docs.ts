import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print } from "../../terminal/output.ts";
import { examples } from "./examples.ts";

export function docsCommand(_project: Project) {
	return new Command("docs")
		.description("write the generated parts of the documentation anew")
		.option(
			"--check",
			"write nothing; fail and name the files that are out of date and the links that are dead",
		)
		.addHelpText(
			"after",
			examples(
				["infra docs", "after a change of what they are generated from"],
				["infra docs --check", "in CI"],
			),
		)
		.action(async ({ check = false }) => {
			const { refreshDocs } = await import("../docs/refresh-docs.ts");
			const { deadLinks } = await import("../docs/dead-links.ts");
			const stale = await refreshDocs({ write: !check });
			const dead = await deadLinks();
			if (stale.length === 0) print("generated documentation is up to date");
			for (const file of stale) print(`${check ? "out of date" : "written"}: ${file}`);
			for (const { page, target, why } of dead) print(`dead link: ${page}: ${target}: ${why}`);
			if (dead.length > 0 || (check && stale.length > 0)) process.exitCode = 1;
		});
}
