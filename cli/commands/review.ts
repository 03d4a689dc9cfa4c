import { join } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { defined } from "../../config/schema/defined.ts";
import type { Project } from "../../engine/project.ts";
import type { StackReview } from "../../review/stack-review.ts";
import type { InfraApp } from "../../stacks/infra-app.ts";
import { print, printProgress } from "../../terminal/output.ts";
import type { World } from "../../world/world.ts";
import type { PostOptions, ReviewToPost } from "../review/post-review.ts";
import { examples } from "./examples.ts";

/** Exit code when all stacks were planned and a finding must be accepted by a person. */
const mustBeAccepted = 2;

export function reviewCommand(project: Project) {
	return new Command("review")
		.description("plan stacks and say what the change does, for a person who approves it")
		.argument("[stack...]", "stacks to plan; all of them when none is named")
		.option("--affected", "only stacks that the change affects (infra affected)")
		.option(
			"--base <revision>",
			"what was there before, for who can newly reach or read what (default: as `infra affected`)",
		)
		.option("--out <folder>", "write it as Markdown, JSON with its schema, SARIF and JUnit into this folder")
		.option("--post <number>", "keep it as the comment of this pull request, and as the status of its commit")
		.option("--sign", "with --post: sign it by Vault's key when nothing is left to be accepted")
		.option("--summary", "print counts, and no arguments")
		.addHelpText(
			"after",
			examples(
				["infra review", "all stacks; 0 nothing to accept, 2 something to accept, 1 error"],
				["infra review redis --out review", "one stack, and files for a pull request"],
				["infra review --post 42 --sign", "what `infra deploy --reviewed 42` may apply once it is merged"],
			),
		)
		.action(async (names, { affected = false, base, out, post, sign = false, summary = false }) => {
			const posted = await openPost(project, { sign, ...defined({ post }) });
			const [{ chooseStacks }, { besideTerraform }, { changedParts }, ...modules] = await Promise.all([
				import("../affected/choose-stacks.ts"),
				import("../affected/beside-terraform.ts"),
				import("../affected/comparison.ts"),
				import("../../engine/open-stacks.ts"),
				import("../../engine/plan/review-stacks.ts"),
				import("../review/render-review.ts"),
			]);
			const [{ openStacks }, { reviewStacks }, { renderReview }] = modules;
			const choice = { affected, base, beside: true, progress: printProgress };
			const { selected, removed, app } = await chooseStacks(project, names, choice);
			const before = await worldBefore(project, base);
			const beside = besideTerraform(app.site);
			const directories = await openStacks(app, selected, { verbose: false, before, beside });
			const revision = await project.revision();
			const plannedAt = new Date().toISOString();
			const { stacks: planned, exact, failed } = await reviewStacks(directories);
			const gone = await removedReviews(removed, { before, after: app });
			const stacks = [...gone, ...planned];
			const review = { site: app.site.name, revision, plannedAt, stacks };
			if (out !== undefined) await write(out, review);
			print(renderReview(review, { short: summary }));
			const blocked =
				posted === undefined
					? stacks.some(({ findings }) => findings.some(({ blocks }) => blocks))
					: await postTo(posted, { review, exact, failed, beside: changedParts(before?.beside, beside) });
			if (failed) process.exitCode = 1;
			else if (blocked) process.exitCode = mustBeAccepted;
		});
}

/** Reviews of stacks that have left the code: there is nothing to plan, and somebody must accept what stays of them. */
async function removedReviews(
	removed: readonly string[],
	{ before, after }: { readonly before: World | undefined; readonly after: InfraApp },
): Promise<StackReview[]> {
	if (removed.length === 0) return [];
	const { reviewStack } = await import("../../review/review-stack.ts");
	const world = { site: after.site, stacks: after.check().documents };
	return removed.map((stack) => {
		const summary = { stack, changes: [], outputs: 0 };
		return { summary, findings: reviewStack({ summary, warnings: [], errors: [], before, after: world }) };
	});
}

/**
 * The world that was there before. Without one that was named, it may be missing: a warning says what is not compared.
 *
 * @throws UsageError when the revision that was named cannot be built
 */
async function worldBefore(project: Project, base: string | undefined): Promise<World | undefined> {
	const [{ baseWorld }, { UsageError }] = await Promise.all([
		import("../affected/open-base.ts"),
		import("../../terminal/usage-error.ts"),
	]);
	const without = (why: string) =>
		printProgress(`warning: who can newly reach or read what is not compared: ${why}`);
	if (base === undefined && !project.versioned) return undefined;
	try {
		const world = await baseWorld(project, { base, progress: printProgress });
		if (world === undefined) without("the base cannot tell its site");
		return world;
	} catch (error) {
		if (base !== undefined || !(error instanceof UsageError)) throw error;
		without(error.message);
		return undefined;
	}
}

/** Everything that a posted review needs, asked for before the plans, which take long. */
async function openPost(
	project: Project,
	{ post, sign }: { readonly post?: string; readonly sign: boolean },
) {
	const { UsageError } = await import("../../terminal/usage-error.ts");
	if (post === undefined) {
		if (sign) throw new UsageError("--sign signs what is posted", "pass --post with it");
		return undefined;
	}
	if (!/^[1-9]\d{0,8}$/.test(post))
		throw new UsageError(`--post: expected the number of a pull request, got ${post}`);
	const [{ forgeOf }, { vaultAccess }] = await Promise.all([
		import("../../clients/forge/access.ts"),
		import("../../clients/vault/access.ts"),
	]);
	const site = await project.loadSite();
	return {
		forge: forgeOf(site, process.env.INFRA_FORGE_TOKEN),
		number: Number(post),
		now: new Date(),
		...(sign && { signer: await vaultAccess(site) }),
	};
}

/** @returns whether something is left to be accepted, or wrong in the description */
async function postTo(options: PostOptions, toPost: ReviewToPost): Promise<boolean> {
	const [{ postReview }, { foreignText }] = await Promise.all([
		import("../review/post-review.ts"),
		import("../../terminal/foreign-text.ts"),
	]);
	const { open, problems } = await postReview(toPost, options);
	for (const problem of problems) print(`in the description: ${foreignText(problem)}`);
	if (open.length > 0) print(`${open.length} still to be accepted in the description`);
	return open.length > 0 || problems.length > 0;
}

async function write(
	folder: string,
	review: Parameters<typeof import("../review/report-files.ts").reportFiles>[0],
) {
	const [{ reportFiles }, { writeTogether }] = await Promise.all([
		import("../review/report-files.ts"),
		import("../new-stack/write-together.ts"),
	]);
	const files = Object.entries(reportFiles(review)).map(([name, text]) => [join(folder, name), text]);
	writeTogether(Object.fromEntries(files));
}
