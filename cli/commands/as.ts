import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Argument, Command } from "@commander-js/extra-typings";
import { pipelineIdentities } from "../../config/pipeline-identities.ts";
import type { Project } from "../../engine/project.ts";
import { examples } from "./examples.ts";

export function asCommand(project: Project) {
	return (
		new Command("as")
			.description("run a command of infra in a pipeline, as an identity of it and with nothing else")
			.addArgument(new Argument("<who>", "whose account the pod runs as").choices(pipelineIdentities))
			.argument("<command...>", "the command with its options")
			// They are those of the command that it runs.
			.allowUnknownOption()
			.addHelpText(
				"after",
				examples(["infra as deployer deploy --reviewed", "in a pod of the pipeline, as .woodpecker/ has it"]),
			)
			.action(async (who, command) => {
				const [{ identityEnvironment }, { runCommand }, { thisPod }] = await Promise.all([
					import("../as/identity-environment.ts"),
					import("../as/run-command.ts"),
					import("../../clients/kubernetes/pod-account.ts"),
				]);
				const site = await project.loadSite();
				const home = mkdtempSync(join(tmpdir(), "infra-as-"));
				try {
					const environment = await identityEnvironment(site, who, { pod: thisPod, home });
					const program = process.argv[1] ?? "";
					const words = [process.execPath, program, "--site", project.choice().site, ...command];
					process.exitCode = await runCommand(environment, words);
				} finally {
					rmSync(home, { recursive: true, force: true });
				}
			})
	);
}
