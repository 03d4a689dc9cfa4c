import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Project } from "../engine/project.ts";

/** What commands work on. */
export interface Opened {
	readonly project: Project;
	/** The project for another site than the chosen one. */
	readonly openSite: (site: string) => Project;
}

/** Every command by its name, in the order of the help; its code is loaded when it is called. */
const commands: Readonly<Record<string, (opened: Opened) => Promise<CommandUnknownOpts>>> = {
	synth: async ({ project }) => (await import("./commands/synth.ts")).synthCommand(project),
	validate: async ({ project }) => (await import("./commands/validate.ts")).validateCommand(project),
	plan: async ({ project }) => (await import("./commands/plan.ts")).planCommand(project),
	review: async ({ project }) => (await import("./commands/review.ts")).reviewCommand(project),
	proposal: async ({ project }) => (await import("./commands/proposal.ts")).proposalCommand(project),
	drift: async ({ project }) => (await import("./commands/drift.ts")).driftCommand(project),
	affected: async ({ project }) => (await import("./commands/affected.ts")).affectedCommand(project),
	deploy: async ({ project }) => (await import("./commands/deploy.ts")).deployCommand(project),
	destroy: async ({ project }) => (await import("./commands/destroy.ts")).destroyCommand(project),
	bootstrap: async ({ project }) => (await import("./commands/bootstrap.ts")).bootstrapCommand(project),
	state: async ({ project }) => (await import("./commands/state.ts")).stateCommand(project),
	adopt: async ({ project }) => (await import("./commands/adopt.ts")).adoptCommand(project),
	secrets: async ({ project }) => (await import("./commands/secrets.ts")).secretsCommand(project),
	certificate: async ({ project }) => (await import("./commands/certificate.ts")).certificateCommand(project),
	list: async ({ project }) => (await import("./commands/list.ts")).listCommand(project),
	graph: async ({ project }) => (await import("./commands/graph.ts")).graphCommand(project),
	export: async ({ project }) => (await import("./commands/export.ts")).exportCommand(project),
	doctor: async ({ project }) => (await import("./commands/doctor.ts")).doctorCommand(project),
	lab: async ({ openSite }) => (await import("./commands/lab.ts")).labCommand(openSite),
	site: async ({ project }) => (await import("./commands/site.ts")).siteCommand(project),
	backup: async ({ project }) => (await import("./commands/backup.ts")).backupCommand(project),
	restore: async ({ project }) => (await import("./commands/restore.ts")).restoreCommand(project),
	rules: async ({ project }) => (await import("./commands/rules.ts")).rulesCommand(project),
	waivers: async ({ project }) => (await import("./commands/waivers.ts")).waiversCommand(project),
	"who-can": async ({ project }) => (await import("./commands/who-can.ts")).whoCanCommand(project),
	schemas: async ({ project }) => (await import("./commands/schemas.ts")).schemasCommand(project),
	providers: async ({ project }) => (await import("./commands/providers.ts")).providersCommand(project),
	docs: async ({ project }) => (await import("./commands/docs.ts")).docsCommand(project),
	exports: async ({ project }) => (await import("./commands/exports.ts")).exportsCommand(project),
	pfsense: async ({ project }) => (await import("./commands/pfsense.ts")).pfsenseCommand(project),
	owners: async ({ project }) => (await import("./commands/owners.ts")).ownersCommand(project),
	onboard: async ({ project }) => (await import("./commands/onboard.ts")).onboardCommand(project),
	"setup-script": async ({ project }) =>
		(await import("./commands/setup-script.ts")).setupScriptCommand(project),
	new: async ({ project }) => (await import("./commands/new.ts")).newCommand(project),
	pipeline: async ({ project }) => (await import("./commands/pipeline.ts")).pipelineCommand(project),
	ci: async ({ project }) => (await import("./commands/ci.ts")).ciCommand(project),
	as: async ({ project }) => (await import("./commands/as.ts")).asCommand(project),
};

/** Options of the program that take a value. */
const valued = ["--site"];

/**
 * The commands that a command line needs: the one that it calls, and all of them for the help and for a name that is
 * none.
 *
 * @param args without the program
 */
export function commandsFor(args: readonly string[], opened: Opened): Promise<CommandUnknownOpts[]> {
	const at = args.findIndex((arg, index) => !arg.startsWith("-") && !valued.includes(args[index - 1] ?? ""));
	const called = args[at] ?? "";
	const helps = args.slice(0, at).some((arg) => arg === "-h" || arg === "--help");
	const only = !helps && Object.hasOwn(commands, called) ? [called] : Object.keys(commands);
	return Promise.all(only.flatMap((name) => commands[name]?.(opened) ?? []));
}
