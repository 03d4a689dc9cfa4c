import { Command } from "@commander-js/extra-typings";
import type { SshServer } from "../../clients/host/ssh-target.ts";
import type { Project } from "../../engine/project.ts";
import { print, printJson } from "../../terminal/output.ts";
import type { EdgeDifference } from "../pfsense/render-edge.ts";
import { collect } from "./collect.ts";
import { examples } from "./examples.ts";

export function pfsenseCommand(project: Project) {
	return new Command("pfsense")
		.description("compare the mail edge on pfSense with the site, and bring it in line")
		.addHelpText(
			"after",
			examples(
				["infra pfsense diff", "what the router has beside what it should"],
				["infra pfsense apply", "make it so, or leave everything as it is"],
				["infra pfsense apply --cut-over", "then forward mail there, once every server is up"],
			),
		)
		.addCommand(diffCommand(project))
		.addCommand(applyCommand(project))
		.addCommand(rollbackCommand(project));
}

const local = [
	"--local",
	"work on this machine instead of the site's router, which is reached by ssh",
] as const;
const replace = [
	"--replace <name>",
	"a foreign frontend or pool whose place the edge takes; repeatable",
	collect,
	[],
] as const;

function diffCommand(project: Project) {
	return new Command("diff")
		.description(
			"show how HAProxy's objects, the redirects and the servers differ from the site; change nothing",
		)
		.option(...local)
		.option(...replace)
		.option("--exit-code", "exit with 2 when they differ or a change would be refused")
		.option("--json", "print the differences as JSON")
		.addHelpText(
			"after",
			examples(["infra pfsense diff --exit-code --json", "for a nightly look: 0 same, 2 differs, 1 error"]),
		)
		.action(async ({ local = false, exitCode = false, json = false, ...options }) => {
			const { siteEdge, openTarget, readEdge, compareEdge, renderEdge } = await loadCommands();
			const { router, source, request } = siteEdge(await project.loadSite(), options.replace);
			using target = openTarget(router, { local });
			const state = await readEdge(target, request);
			const difference = compareEdge(target.name, state, request, source);
			const problems = state.problems.apply;
			const same = isNone(difference) && problems.length === 0;
			if (json) printJson({ router: target.name, source, ...difference, problems, same });
			else print(renderEdge(target.name, source, difference, problems));
			if (exitCode && !same) process.exitCode = 2;
		});
}

function isNone({ patch, elsewhere, down, interrupted }: EdgeDifference): boolean {
	return patch === "" && elsewhere.length === 0 && down.length === 0 && !interrupted;
}

function applyCommand(project: Project) {
	return changeCommand("apply")
		.description("exchange the edge's objects, have HAProxy check and load them, and wait for the servers")
		.option(...replace)
		.option("--cut-over", "then forward the mail ports of the outer interface to the edge")
		.addHelpText(
			"after",
			examples(
				["infra pfsense apply", "shows the difference and asks"],
				["infra pfsense apply --cut-over --yes", "the whole cutover, without a question"],
			),
		)
		.action(async ({ cutOver = false, ...options }) => {
			const { siteEdge, applyEdge, ...commands } = await loadCommands();
			const edge = siteEdge(await project.loadSite(), options.replace);
			const { router, source, request } = edge;
			using target = await openForChange("apply", router, options);
			const state = await commands.readEdge(target, request);
			const difference = commands.compareEdge(target.name, state, request, source);
			const { problems } = state;
			if (!options.json) print(commands.renderEdge(target.name, source, difference, problems.apply));
			if (problems.apply.length > 0) throw commands.refusal(target.name, problems.apply);
			const nothing =
				difference.patch === "" && !state.interrupted && !(cutOver && commands.toForward(state));
			const changed =
				!nothing &&
				(await confirm(options, `Change the mail edge of ${target.name}?`)) &&
				(await applyEdge(target, edge, state, cutOver));
			tell(options, { router: target.name, source, ...difference, changed });
		});
}

function rollbackCommand(project: Project) {
	return changeCommand("rollback")
		.description(
			"bring back the objects that the last change replaced, with the same checks; again: undo that",
		)
		.option("--revert", "first forward the mail ports back to where they were forwarded before")
		.addHelpText("after", examples(["infra pfsense rollback --revert", "the cutover in reverse"]))
		.action(async ({ revert = false, ...options }) => {
			const { siteEdge, rollBackEdge, ...commands } = await loadCommands();
			const { router, request } = siteEdge(await project.loadSite());
			using target = await openForChange("rollback", router, options);
			const state = await commands.readEdge(target, request);
			// Rollback alone is refused while ports are forwarded to the edge; with --revert they are forwarded back
			// first.
			const problems = revert && state.previous ? state.problems.revert : state.problems.rollback;
			if (problems.length > 0) throw commands.refusal(target.name, problems);
			const source = "the previous edge";
			const wanted = state.previous?.objects ?? state.objects;
			const difference = commands.compareEdge(target.name, state, wanted, source);
			if (!options.json) print(commands.renderEdge(target.name, source, difference, []));
			const changed =
				(await confirm(options, `Roll the mail edge of ${target.name} back?`)) &&
				(await rollBackEdge(target, request, state, revert));
			tell(options, { router: target.name, source, ...difference, changed });
		});
}

interface ChangeOptions {
	readonly local?: true;
	readonly yes?: true;
	readonly json?: true;
}

function changeCommand(name: "apply" | "rollback") {
	return new Command(name)
		.option(...local)
		.option("--yes", "do not ask")
		.option("--json", "print what was changed as JSON; does not ask, so it wants --yes");
}

/** Opens the router for a change. @throws UsageError when the command could neither ask for consent nor was given it */
async function openForChange(name: string, router: SshServer, { local, yes, json }: ChangeOptions) {
	const [{ openTarget }, { requireTerminal }, { UsageError }] = await Promise.all([
		import("../../clients/host/ssh-target.ts"),
		import("../../terminal/prompt.ts"),
		import("../../terminal/usage-error.ts"),
	]);
	if (json && !yes) throw new UsageError("--json does not ask", "pass --yes with it");
	if (!yes) requireTerminal(`pfsense ${name}`, "--yes");
	return openTarget(router, { local: local ?? false });
}

async function confirm({ yes }: ChangeOptions, question: string): Promise<boolean> {
	if (yes) return true;
	const { ask } = await import("../../terminal/prompt.ts");
	return /^y(es)?$/i.test(await ask(`${question} (y/N) `));
}

function tell({ json }: ChangeOptions, outcome: { router: string; source: string; changed: boolean }): void {
	if (json) printJson(outcome);
	else if (outcome.changed) print(`${outcome.router} has what ${outcome.source} says now`);
}

/** Modules of the subcommands, loaded when one runs: the help text of `infra` stays fast. */
async function loadCommands() {
	const [
		{ siteEdge },
		{ readEdge, refusal },
		{ applyEdge, rollBackEdge },
		{ compareEdge, renderEdge },
		{ openTarget },
		{ toForward },
	] = await Promise.all([
		import("../pfsense/site-edge.ts"),
		import("../pfsense/edge-program.ts"),
		import("../pfsense/change-edge.ts"),
		import("../pfsense/render-edge.ts"),
		import("../../clients/host/ssh-target.ts"),
		import("../pfsense/edge-state.ts"),
	]);
	return {
		siteEdge,
		readEdge,
		refusal,
		applyEdge,
		rollBackEdge,
		compareEdge,
		renderEdge,
		openTarget,
		toForward,
	};
}
