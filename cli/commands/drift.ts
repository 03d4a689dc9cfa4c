import { Command } from "@commander-js/extra-typings";
import type { Forge } from "../../clients/forge/forge.ts";
import type { Site } from "../../config/schema/site.ts";
import type { Project } from "../../engine/project.ts";
import { print, printJson, printProgress } from "../../terminal/output.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { StackDrift } from "../drift/stack-drift.ts";
import { examples } from "./examples.ts";

export function driftCommand(project: Project) {
	return new Command("drift")
		.description(
			"look for what was changed outside of the code, in Vault, the zone, pfSense and the exports too; change nothing",
		)
		.argument("[stack...]", "stacks to ask; all of them when none is named")
		.option("--json", "print the findings as JSON")
		.option("--push", "hand the result of all stacks to the site's Pushgateway, in one push")
		.option("--pushgateway <url>", "push there instead; as of a port that kubectl forwards")
		.option("--issues", "keep an issue per stack with drift at the forge; needs INFRA_FORGE_TOKEN")
		.addHelpText(
			"after",
			examples(
				["infra drift", "every stack: 0 no drift, 2 drift, 1 something could not be asked"],
				["infra drift redis --json", "one stack, for a script"],
				["infra drift --push --issues", "for a nightly look: metrics with alerts, and issues"],
			),
		)
		.action(async (names, { json = false, issues = false, push = false, pushgateway }) => {
			const toPush = push || pushgateway !== undefined;
			if (toPush && names.length > 0)
				throw new UsageError(
					"a push replaces what is known of every stack",
					"infra drift --push, without the name of a stack",
				);
			const site = await project.loadSite();
			// Before anything is planned: a missing token is told at once.
			const { forgeOf } = await import("../../clients/forge/access.ts");
			const forge = issues ? forgeOf(site, process.env.INFRA_FORGE_TOKEN) : undefined;
			const stacks = await lookAt(project, names);
			const { renderDrift, driftForMachines } = await import("../drift/render-drift.ts");
			if (json) printJson(driftForMachines(stacks));
			else print(renderDrift(stacks));
			const { exitCodeOf } = await import("../drift/stack-drift.ts");
			process.exitCode = exitCodeOf(stacks);
			if (toPush || forge !== undefined) await report(site, stacks, { push: toPush, pushgateway, forge });
		});
}

async function lookAt(project: Project, names: readonly string[]): Promise<StackDrift[]> {
	const [{ selectStacks }, { openStacks }, { askStacks, notAsked }, { printFailure }] = await Promise.all([
		import("../../engine/stack-selection.ts"),
		import("../../engine/open-stacks.ts"),
		import("../drift/ask-stacks.ts"),
		import("../../terminal/failure.ts"),
	]);
	const selected = selectStacks(project.catalogue, names);
	const app = await project.openApp();
	const stacks = await openStacks(app, selected, { verbose: false });
	const world = { site: app.site, stacks: app.check().documents };
	const leftOut = app.leftOut.filter(({ stack }) => selected.some(({ name }) => name === stack));
	return [
		...(await askStacks(stacks, world, printFailure)),
		...leftOut.map(({ stack, reason }) => notAsked(stack, [reason])),
	];
}

interface Receivers {
	readonly push: boolean;
	readonly pushgateway: string | undefined;
	readonly forge: Forge | undefined;
}

/** Tells everybody who was asked to be told: one that does not listen does not keep the other from hearing. */
async function report(site: Site, stacks: readonly StackDrift[], { push, pushgateway, forge }: Receivers) {
	const [{ pushMetrics }, { pushgatewayOf }, { keepIssues }, { printFailure }] = await Promise.all([
		import("../drift/push-metrics.ts"),
		import("../../clients/pushgateway/site-pushgateway.ts"),
		import("../drift/keep-issues.ts"),
		import("../../terminal/failure.ts"),
	]);
	const results = await Promise.allSettled([
		push ? pushMetrics(pushgateway ?? pushgatewayOf(site), stacks) : undefined,
		forge === undefined ? [] : keepIssues(forge, site.name, stacks),
	]);
	const [, kept] = results;
	if (kept?.status === "fulfilled") for (const line of kept.value) printProgress(line);
	for (const result of results)
		if (result.status === "rejected") {
			printFailure(result.reason);
			process.exitCode = 1;
		}
}
