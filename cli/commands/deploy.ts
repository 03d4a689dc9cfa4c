import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { collect } from "./collect.ts";
import { examples } from "./examples.ts";

export function deployCommand(project: Project) {
	return new Command("deploy")
		.description("plan, ask, and apply exactly what was shown")
		.argument("[stack...]", "stacks to deploy; all of them when none is named")
		.option("--yes", "do not ask")
		.option(
			"--confirm-destroy <address>",
			"an object that may be destroyed, replaced or forgotten although that loses something; repeatable",
			collect,
			[],
		)
		.option("--summary", "show counts, and no arguments")
		.option("--verbose", "print what Terraform itself says")
		.addHelpText(
			"after",
			examples(
				["infra deploy redis", "one stack; asks before it applies"],
				["infra deploy --yes", "all stacks in order, for CI"],
				["infra deploy redis --confirm-destroy <address>", "when what is lost with an object is meant"],
			),
		)
		.action(async (names, { yes = false, confirmDestroy, summary = false, verbose = false }) => {
			const [{ selectStacks }, { openStacks }, { deployStacks }, prompt] = await Promise.all([
				import("../../engine/stack-selection.ts"),
				import("../../engine/open-stacks.ts"),
				import("../../engine/deploy/deploy-stacks.ts"),
				import("../../terminal/prompt.ts"),
			]);
			const selected = selectStacks(project.catalogue, names);
			if (!yes) prompt.requireTerminal("deploy", "--yes");
			const stacks = await openStacks(await project.openApp(), selected, { verbose });
			await deployStacks(stacks, {
				destroy: false,
				short: summary,
				confirmDestroy,
				confirm: async ({ stack }) =>
					yes || /^y(es)?$/i.test(await prompt.ask(`Apply these changes to ${stack}? (y/N) `)),
			});
		});
}
