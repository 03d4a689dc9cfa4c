import { Command } from "@commander-js/extra-typings";
import { choiceOf } from "../config/site-choice.js";
import type { OpenProject } from "../engine/project.ts";
import manifest from "../package.json" with { type: "json" };
import { exitCodeOf, printFailure } from "../terminal/failure.ts";
import { adoptCommand } from "./commands/adopt.ts";
import { affectedCommand } from "./commands/affected.ts";
import { asCommand } from "./commands/as.ts";
import { backupCommand } from "./commands/backup.ts";
import { bootstrapCommand } from "./commands/bootstrap.ts";
import { certificateCommand } from "./commands/certificate.ts";
import { ciCommand } from "./commands/ci.ts";
import { deployCommand } from "./commands/deploy.ts";
import { destroyCommand } from "./commands/destroy.ts";
import { docsCommand } from "./commands/docs.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { driftCommand } from "./commands/drift.ts";
import { exportCommand } from "./commands/export.ts";
import { exportsCommand } from "./commands/exports.ts";
import { graphCommand } from "./commands/graph.ts";
import { labCommand } from "./commands/lab.ts";
import { listCommand } from "./commands/list.ts";
import { newCommand } from "./commands/new.ts";
import { onboardCommand } from "./commands/onboard.ts";
import { ownersCommand } from "./commands/owners.ts";
import { pfsenseCommand } from "./commands/pfsense.ts";
import { pipelineCommand } from "./commands/pipeline.ts";
import { planCommand } from "./commands/plan.ts";
import { proposalCommand } from "./commands/proposal.ts";
import { providersCommand } from "./commands/providers.ts";
import { restoreCommand } from "./commands/restore.ts";
import { reviewCommand } from "./commands/review.ts";
import { rulesCommand } from "./commands/rules.ts";
import { schemasCommand } from "./commands/schemas.ts";
import { secretsCommand } from "./commands/secrets.ts";
import { setupScriptCommand } from "./commands/setup-script.ts";
import { siteCommand } from "./commands/site.ts";
import { stateCommand } from "./commands/state.ts";
import { synthCommand } from "./commands/synth.ts";
import { validateCommand } from "./commands/validate.ts";
import { waiversCommand } from "./commands/waivers.ts";
import { whoCanCommand } from "./commands/who-can.ts";

/** The `infra` command. What a subcommand needs beyond its options is loaded when it runs. */
function createProgram(openProject: OpenProject) {
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
	for (const create of [
		synthCommand,
		validateCommand,
		planCommand,
		reviewCommand,
		proposalCommand,
		driftCommand,
		affectedCommand,
		deployCommand,
		destroyCommand,
		bootstrapCommand,
		stateCommand,
		adoptCommand,
		secretsCommand,
		certificateCommand,
		listCommand,
		graphCommand,
		exportCommand,
		doctorCommand,
		() => labCommand(openSite),
		siteCommand,
		backupCommand,
		restoreCommand,
		rulesCommand,
		waiversCommand,
		whoCanCommand,
		schemasCommand,
		providersCommand,
		docsCommand,
		exportsCommand,
		pfsenseCommand,
		ownersCommand,
		onboardCommand,
		setupScriptCommand,
		newCommand,
		pipelineCommand,
		ciCommand,
		asCommand,
	])
		program.addCommand(create(project));
	return program;
}

/** Runs the command line; a failure is printed and becomes the exit code. */
export async function main(openProject: OpenProject, argv: readonly string[] = process.argv): Promise<void> {
	// `infra list | head -1` is no failure.
	process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 0 : 1));
	const program = createProgram(openProject);
	try {
		await program.parseAsync([...argv]);
	} catch (error) {
		printFailure(error, program.opts());
		process.exitCode = exitCodeOf(error);
	}
}
