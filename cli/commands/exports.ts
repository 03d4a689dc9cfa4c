import { Command } from "@commander-js/extra-typings";
import type { Target } from "../../clients/host/target.ts";
import { defined } from "../../config/schema/defined.ts";
import type { Site } from "../../config/schema/site.ts";
import type { Project } from "../../engine/project.ts";
import { print, printJson } from "../../terminal/output.ts";
import type { Proposal } from "../exports/assess.ts";
import { collect } from "./collect.ts";
import { examples } from "./examples.ts";
import { reviewedOption } from "./reviewed-option.ts";

export function exportsCommand(project: Project) {
	return new Command("exports")
		.description("compare the NFS server's exports with the site, and bring them in line")
		.addHelpText(
			"after",
			examples(
				["infra exports check", "try the site's table on the real exportfs, far from any server"],
				["infra exports diff", "what the server exports beside what it should"],
				["infra exports apply", "make it so, or leave everything as it is"],
			),
		)
		.addCommand(checkCommand(project))
		.addCommand(diffCommand(project))
		.addCommand(applyCommand(project))
		.addCommand(rollbackCommand(project));
}

const local = [
	"--local",
	"work on this machine instead of the site's NFS server, which is reached by ssh",
] as const;

function checkCommand(project: Project) {
	return new Command("check")
		.description("have exportfs read the site's table in a mount namespace; needs root, but no server")
		.option("--json", "print the verdict and the table as JSON")
		.addHelpText("after", examples(["infra exports check --site home", "fails on every word of exportfs"]))
		.action(async ({ json = false }) => {
			const [{ siteExports }, { check, renderVerdict }, { thisMachine }] = await Promise.all([
				import("../exports/site-exports.ts"),
				import("../exports/check.ts"),
				import("../../clients/host/target.ts"),
			]);
			const { proposal } = await siteExports(project);
			const verdict = await check(thisMachine, proposal);
			if (json) printJson(verdict);
			else print(renderVerdict(verdict));
			if (!verdict.valid) process.exitCode = 1;
		});
}

function diffCommand(project: Project) {
	return new Command("diff")
		.description("show how the server's file and table differ from the site; change nothing")
		.option(...local)
		.option("--exit-code", "exit with 2 when they differ or a change would be refused")
		.option("--json", "print the differences as JSON")
		.addHelpText(
			"after",
			examples(
				["infra exports diff", "file, table in force, and what would keep a change from being made"],
				["infra exports diff --exit-code --json", "for a nightly look: 0 same, 2 differs, 1 error"],
			),
		)
		.action(async ({ local = false, exitCode = false, json = false }) => {
			const { siteExports, nfsServer, assess, isInForce, openTarget, renderAssessment, assessmentJson } =
				await loadCommands();
			const { site, proposal } = await siteExports(project);
			using target = openTarget(nfsServer(site), { local });
			const assessment = await assess(target, proposal);
			const same = isInForce(assessment) && assessment.problems.length === 0;
			if (json) printJson({ ...assessmentJson(target.name, assessment), same });
			else print(renderAssessment(target.name, proposal.source, assessment));
			if (exitCode && !same) process.exitCode = 2;
		});
}

function applyCommand(project: Project) {
	return changeCommand("apply")
		.description(
			"replace the server's file, reload it, and put the old one back unless the table is as expected",
		)
		.option(...reviewedOption)
		.addHelpText(
			"after",
			examples(
				["infra exports apply", "shows the difference and asks"],
				["infra exports apply --yes", "does nothing when nothing differs"],
				[
					"infra exports apply --reviewed",
					"in CI: what was reviewed in the pull request that was merged as HEAD",
				],
				["infra exports apply --remove /srv/old", "when it is meant that a path is exported no more"],
			),
		)
		.action(async (options) => {
			const { siteExports } = await loadCommands();
			const { site, proposal } = await siteExports(project, options.remove);
			const { reviewed } = options;
			const allowed = reviewed === undefined ? undefined : () => requireReviewed(project, site, reviewed);
			await change("apply", site, { ...options, ...defined({ allowed }) }, async () => proposal);
		});
}

function rollbackCommand(project: Project) {
	return changeCommand("rollback")
		.description("bring back the file that the last apply replaced, with the same checks; again: undo that")
		.addHelpText("after", examples(["infra exports rollback", "shows the difference and asks"]))
		.action(async (options) => {
			const [{ siteExports }, { previousExports }] = await Promise.all([
				loadCommands(),
				import("../exports/previous-exports.ts"),
			]);
			const { site, proposal } = await siteExports(project, options.remove);
			await change("rollback", site, options, (target) => previousExports(target, proposal));
		});
}

function changeCommand(name: "apply" | "rollback") {
	return new Command(name)
		.option(...local)
		.option("--remove <path>", "an export that may go away; repeatable", collect, [])
		.option("--yes", "do not ask")
		.option("--json", "print what was changed as JSON; does not ask, so it wants --yes");
}

interface ChangeOptions {
	readonly local?: boolean;
	readonly yes?: boolean;
	readonly json?: boolean;
	/** Asked once when there is something to change, in place of a person; throws when it may not be. */
	readonly allowed?: () => Promise<void>;
}

/** @throws UsageError when the site's exports are not what was reviewed */
async function requireReviewed(project: Project, site: Site, source: string | true): Promise<void> {
	const [{ openReviewed }, { besideTerraform }] = await Promise.all([
		import("../review/open-reviewed.ts"),
		import("../affected/beside-terraform.ts"),
	]);
	const review = await openReviewed(project, source);
	await review.requirePart("exports", besideTerraform(site).exports ?? {});
}

async function change(
	name: string,
	site: Site,
	{ local = false, yes = false, json = false, allowed }: ChangeOptions,
	propose: (target: Target) => Promise<Proposal>,
): Promise<void> {
	const [commands, { replaceExports }, prompt, { UsageError }] = await Promise.all([
		loadCommands(),
		import("../exports/replace-exports.ts"),
		import("../../terminal/prompt.ts"),
		import("../../terminal/usage-error.ts"),
	]);
	const asks = !yes && allowed === undefined;
	if (json && asks) throw new UsageError("--json does not ask", "pass --yes with it");
	if (asks) prompt.requireTerminal(`exports ${name}`, "--yes");
	using target = commands.openTarget(commands.nfsServer(site), { local });
	const proposal = await propose(target);
	const assessment = await commands.assess(target, proposal);
	if (!json) print(commands.renderAssessment(target.name, proposal.source, assessment));
	const confirm = async () => {
		await allowed?.();
		return !asks || /^y(es)?$/i.test(await prompt.ask(`Change the exports of ${target.name}? (y/N) `));
	};
	const changed = await replaceExports(target, proposal.text, assessment, confirm);
	if (json) printJson({ ...commands.assessmentJson(target.name, assessment), changed });
	else if (changed) print(`${target.name} exports what ${proposal.source} says now`);
}

/** Modules of the subcommands that look at a server, loaded when one runs: the help text of `infra` stays fast. */
async function loadCommands() {
	const modules = await Promise.all([
		import("../exports/site-exports.ts"),
		import("../exports/nfs-server.ts"),
		import("../exports/assess.ts"),
		import("../../clients/host/ssh-target.ts"),
		import("../exports/render-assessment.ts"),
	]);
	const [{ siteExports }, { nfsServer }, { assess, isInForce }, { openTarget }, rendering] = modules;
	return { siteExports, nfsServer, assess, isInForce, openTarget, ...rendering };
}
