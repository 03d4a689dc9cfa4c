import { Command } from "@commander-js/extra-typings";
import { defined } from "../../config/schema/defined.ts";
import type { Duration } from "../../config/schema/duration.ts";
import { duration } from "../../config/schema/primitives.ts";
import type { StackPlan } from "../../engine/plan/plan-stack.ts";
import type { Project } from "../../engine/project.ts";
import { print, printProgress } from "../../terminal/output.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { ChosenStacks } from "../affected/choose-stacks.ts";
import type { ReviewedDeployment } from "../review/reviewed-deployment.ts";
import { collect } from "./collect.ts";
import { examples } from "./examples.ts";
import { reviewedOption } from "./reviewed-option.ts";

export function deployCommand(project: Project) {
	return new Command("deploy")
		.description("plan, ask, and apply exactly what was shown")
		.argument("[stack...]", "stacks to deploy; all of them when none is named")
		.option("--affected", "only stacks that are affected since they were last deployed (infra affected)")
		.option("--yes", "do not ask")
		.option(...reviewedOption)
		.option(
			"--confirm-destroy <address>",
			"an object that may be destroyed, replaced or forgotten although that loses something; repeatable",
			collect,
			[],
		)
		.option(
			"--verify",
			"after each apply plan again, and fail unless nothing is left to do and all workloads are rolled out; part of --reviewed",
		)
		.option(
			"--within <duration>",
			"how long workloads may take to roll out, when verified, such as 90s (default: 5m)",
		)
		.option(
			"--report <file>",
			"write what became of each stack into this file, as JSON, also when the run fails",
		)
		.option("--summary", "show counts, and no arguments")
		.option("--verbose", "print what Terraform itself says")
		.addHelpText(
			"after",
			examples(
				["infra deploy redis", "one stack; asks before it applies"],
				["infra deploy --yes", "all stacks in order, for CI"],
				["infra deploy --affected --reviewed 42", "what was reviewed in pull request 42, and nothing else"],
				["infra deploy --affected --reviewed", "the same in CI, by the pull request that was merged as HEAD"],
				["infra deploy redis --confirm-destroy <address>", "when what is lost with an object is meant"],
			),
		)
		.action(
			async (
				names,
				{
					affected = false,
					yes = false,
					reviewed,
					confirmDestroy,
					verify = false,
					within,
					report: file,
					summary = false,
					verbose = false,
				},
			) => {
				const [{ openReviewed }, { openStacks }, { deployStacks }, { reported }, prompt] = await Promise.all([
					import("../review/open-reviewed.ts"),
					import("../../engine/open-stacks.ts"),
					import("../../engine/deploy/deploy-stacks.ts"),
					import("./deploy-report.ts"),
					import("../../terminal/prompt.ts"),
				]);
				const rollout = within === undefined ? undefined : durationGiven("--within", within);
				if (rollout !== undefined && !verify && reviewed === undefined)
					throw new UsageError("--within: nothing is verified, so nothing is waited for", "add --verify");
				const review = reviewed === undefined ? undefined : await openReviewed(project, reviewed);
				const { selected, app } = await stacksToDeploy(project, names, { affected, review });
				if (selected.length === 0) return reported(file, project, app.site.name, async () => {});
				const accepted = selected.flatMap(({ name }) => review?.acceptedOf(name) ?? []);
				if (!yes && review === undefined) prompt.requireTerminal("deploy", "--yes");
				const { recordApplied } = await import("../affected/applied.ts");
				const stacks = await openStacks(app, selected, { verbose });
				const options = {
					onDeployed: async (stack: string) =>
						project.versioned && (await recordApplied(app.site.name, stack)),
					destroy: false,
					verify: verify || review !== undefined,
					...defined({ within: rollout }),
					short: summary,
					confirmDestroy: [...confirmDestroy, ...accepted],
					confirm: async (plan: StackPlan) => {
						await review?.require(plan);
						if (yes || review) return true;
						const question = `Apply these changes to ${plan.summary.stack}? (y/N) `;
						return /^y(es)?$/i.test(await prompt.ask(question));
					},
				};
				await reported(file, project, app.site.name, (report) => deployStacks(stacks, options, report));
			},
		);
}

/** @throws UsageError when an option is no duration */
function durationGiven(option: string, text: string): Duration {
	const { success, data } = duration.safeParse(text);
	if (success) return data;
	throw new UsageError(`${option} ${text}: no duration`, "a whole number and a unit, such as 90s, 5m or 1h");
}

/** Stacks that the command names; where a review says which, those that it is of, and none where it is of none. */
async function stacksToDeploy(
	project: Project,
	names: readonly string[],
	{ affected, review }: { readonly affected: boolean; readonly review: ReviewedDeployment | undefined },
): Promise<Pick<ChosenStacks, "selected" | "app">> {
	const { chooseStacks } = await import("../affected/choose-stacks.ts");
	const options = { affected, progress: printProgress };
	if (review === undefined || names.length > 0 || affected) return chooseStacks(project, names, options);
	const { commit, stacks } = review.record;
	const reviewed = Object.keys(stacks);
	if (reviewed.length > 0) return chooseStacks(project, reviewed, options);
	print(`${commit} changes no stack: nothing is to be deployed`);
	return { selected: [], app: await project.openApp() };
}
