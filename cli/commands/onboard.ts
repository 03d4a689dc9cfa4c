import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { collect } from "./collect.ts";
import { examples } from "./examples.ts";

export function onboardCommand(project: Project) {
	return new Command("onboard")
		.description("bring in a namespace-owner: registry, stacks, a look from outside, and their welcome")
		.argument("<user>")
		.option("--email <address>", "as the identity provider sends it; not needed to go on after a stop")
		.option("--namespace <name>", "named like the user when none is given; repeatable", collect, [])
		.option("--domain <label>", "a host name below the site's domain; repeatable", collect, [])
		.option("--quota <field=value>", "a limit such as pods=30; repeatable", collect, [])
		.option("--set <field=value>", "any other field of the entry; repeatable", collect, [])
		.option("--yes", "do not ask; a plan that changes something of others is then refused")
		.option("--dry-run", "check everything and show what would be made, write and apply nothing")
		.option("--wait <seconds>", "how long to wait for each thing that should be there", "60")
		.option("--verbose", "print what Terraform itself says")
		.addHelpText(
			"after",
			examples(
				["infra onboard alice --email a@example.com --domain shop", "asks once"],
				["infra onboard alice", "goes on where it stopped; changes nothing when all is there"],
				["infra onboard alice --email a@example.com --dry-run", "what would be made"],
			),
		)
		.action(async (user, options) => {
			const { onboardFromOptions } = await import("../onboard/from-options.ts");
			await onboardFromOptions(project, user, options);
		});
}
