import { Argument, Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print, printJson } from "../../terminal/output.ts";
import { examples } from "./examples.ts";

export function whoCanCommand(project: Project) {
	return new Command("who-can")
		.description("say who may reach or read something, by the stacks as they are synthesised")
		.addArgument(new Argument("<question>", "what they may do").choices(["reach", "read"] as const))
		.argument("<object>", "entry of Vault or namespace/<name>; host, <namespace>/<workload> or port/<number>")
		.option("--json", "print the sentences as JSON, with the blocks that grant them")
		.addHelpText(
			"after",
			examples(
				["infra who-can read secret/platform", "an entry of Vault"],
				["infra who-can read namespace/alice", "the Secrets of a namespace, and what leads to them"],
				["infra who-can reach redis/redis-haproxy", "the pods of a workload"],
			),
		)
		.action(async (question, object, { json = false }) => {
			const { whoCan } = await import("../../review/reach/who-can.ts");
			const app = await project.openApp();
			const statements = whoCan({ site: app.site, stacks: app.check().documents }, question, object);
			if (json)
				printJson(
					statements.map(({ sentence, risk, grants }) => ({
						sentence,
						risk,
						grants: grants.map(({ stack, path, address }) => ({ stack, path, address })),
					})),
				);
			else
				print(
					statements
						.map(({ sentence, grants }) =>
							[sentence, ...grants.map(({ path, address }) => `  by ${path} (${address})`)].join("\n"),
						)
						.join("\n"),
				);
		});
}
