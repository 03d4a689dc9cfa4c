import { join } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { projectRoot } from "../../config/project-root.ts";
import type { Project } from "../../engine/project.ts";
import { examples } from "./examples.ts";

/** Exit code when all stacks were planned and a finding must be accepted by a person. */
const mustBeAccepted = 2;

export function reviewCommand(project: Project) {
	return new Command("review")
		.description("plan stacks and say what the change does, for a person who approves it")
		.argument("[stack...]", "stacks to plan; all of them when none is named")
		.option("--out <folder>", "write it as Markdown, JSON with its schema, SARIF and JUnit into this folder")
		.option("--summary", "print counts, and no arguments")
		.addHelpText(
			"after",
			examples(
				["infra review", "all stacks; 0 nothing to accept, 2 something to accept, 1 error"],
				["infra review redis --out review", "one stack, and files for a pull request"],
			),
		)
		.action(async (names, { out, summary = false }) => {
			const [
				{ selectStacks },
				{ openStacks },
				{ reviewStacks },
				{ renderReview },
				{ revisionOf },
				{ print },
			] = await Promise.all([
				import("../../engine/stack-selection.ts"),
				import("../../engine/open-stacks.ts"),
				import("../../engine/plan/review-stacks.ts"),
				import("../review/render-review.ts"),
				import("../review/revision.ts"),
				import("../../terminal/output.ts"),
			]);
			const selected = selectStacks(project.catalogue, names);
			const app = await project.openApp();
			const directories = await openStacks(app, selected, { verbose: false });
			const revision = await revisionOf(projectRoot);
			const plannedAt = new Date().toISOString();
			const { stacks, failed } = await reviewStacks(directories);
			const review = { site: app.site.name, revision, plannedAt, stacks };
			if (out !== undefined) await write(out, review);
			print(renderReview(review, { short: summary }));
			const blocked = stacks.some(({ findings }) => findings.some(({ blocks }) => blocks));
			if (failed) process.exitCode = 1;
			else if (blocked) process.exitCode = mustBeAccepted;
		});
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
