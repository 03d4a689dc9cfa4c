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
				const [{ identityEnvironment }, { thisPod }, { spawn }] = await Promise.all([
					import("../as/identity-environment.ts"),
					import("../../clients/kubernetes/pod-account.ts"),
					import("node:child_process"),
				]);
				const site = await project.loadSite();
				const home = mkdtempSync(join(tmpdir(), "infra-as-"));
				try {
					const env = await identityEnvironment(site, who, { pod: thisPod, home });
					const program = process.argv[1] ?? "";
					const words = [program, "--site", project.choice().site, ...command];
					const child = spawn(process.execPath, words, { env, stdio: "inherit" });
					// A pipeline that is cancelled ends the command as gracefully as a terminal does.
					for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
					process.exitCode = await new Promise<number>((resolve, reject) => {
						child.on("error", reject).on("close", (code) => resolve(code ?? 1));
					});
				} finally {
					rmSync(home, { recursive: true, force: true });
				}
			})
	);
}
