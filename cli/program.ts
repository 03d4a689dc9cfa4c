import { Command } from "@commander-js/extra-typings";
import { choiceOf } from "../config/site-choice.js";
import type { OpenProject } from "../engine/project.ts";
import manifest from "../package.json" with { type: "json" };
import { exitCodeOf, printFailure } from "../terminal/failure.ts";
import { commandsFor } from "./command-table.ts";

/** The `infra` command. What a subcommand needs beyond its options is loaded when it runs. */
async function createProgram(openProject: OpenProject, args: readonly string[]) {
	const program = new Command("infra")
		.description(manifest.description)
		.version(manifest.version)
		.option(
			"--site <name>",
			"site to work on, by name or by the path of a file (default: $INFRA_SITE, else lab)",
		)
		.option("--debug", "show the trace of every error")
		.addHelpText("after", "\nEvery command has examples: infra help <command>");
	const choice = () => {
		const { site } = program.opts();
		return { ...choiceOf(), ...(site === undefined ? {} : { site, chosenBy: "--site" }) };
	};
	const project = openProject(choice);
	const openSite = (site: string) => openProject(() => ({ ...choice(), site, chosenBy: "lab" }));
	for (const command of await commandsFor(args, { project, openSite })) program.addCommand(command);
	return program;
}

/** Runs the command line; a failure is printed and becomes the exit code. */
export async function main(openProject: OpenProject, argv: readonly string[] = process.argv): Promise<void> {
	// `infra list | head -1` is no failure.
	process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 0 : 1));
	const program = await createProgram(openProject, argv.slice(2));
	try {
		await program.parseAsync([...argv]);
	} catch (error) {
		printFailure(error, program.opts());
		process.exitCode = exitCodeOf(error);
	}
}
