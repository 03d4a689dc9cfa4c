import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { collect } from "./collect.ts";
import { examples } from "./examples.ts";

export function destroyCommand(project: Project) {
	return new Command("destroy")
		.description("destroy everything in one stack")
		.argument("<stack>")
		.option("--confirm <stack>", "the stack's name once more, in place of typing it when asked")
		.option(
			"--confirm-destroy <address>",
			"an object that may be destroyed although that loses something; repeatable",
			collect,
			[],
		)
		.option("--verbose", "print what Terraform itself says")
		.addHelpText(
			"after",
			examples(
				["infra destroy redis", "shows the plan, then asks for the stack's name"],
				["infra destroy redis --confirm redis", "without a terminal"],
			),
		)
		.action(async (name, { confirm, confirmDestroy, verbose = false }) => {
			const [{ selectStacks }, { openStacks }, { destroyStack }, prompt] = await Promise.all([
				import("../../engine/stack-selection.ts"),
				import("../../engine/open-stacks.ts"),
				import("../../engine/deploy/destroy-stack.ts"),
				import("../../terminal/prompt.ts"),
			]);
			const { forgetApplied } = await import("../affected/applied.ts");
			selectStacks(project.catalogue, [name]);
			if (confirm === undefined) prompt.requireTerminal("destroy", `--confirm ${name}`);
			const app = await project.openApp();
			const stacks = await openStacks(app, project.catalogue, { verbose });
			await destroyStack(stacks, name, {
				onDeployed: async (stack) => project.versioned && (await forgetApplied(app.site.name, stack)),
				short: false,
				confirmDestroy,
				confirm: async ({ summary: { stack } }) =>
					(confirm ?? (await prompt.ask(`Type the name of the stack to destroy it: `))) === stack,
			});
		});
}
