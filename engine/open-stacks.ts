import { projectRoot } from "../config/project-root.ts";
import type { StackFacts } from "../stacks/declaration.ts";
import type { InfraApp } from "../stacks/infra-app.ts";
import { UsageError } from "../terminal/usage-error.ts";
import { warnOfLeftOut } from "../terminal/warn-of-left-out.ts";
import type { Beside, World } from "../world/world.ts";
import { findTerraform } from "./binary.ts";
import { revisionOf } from "./revision.ts";
import { WorkingDirectory } from "./working-directory.ts";

export interface OpenOptions {
	/** Print the output of Terraform as well. */
	readonly verbose: boolean;
	/** The world that was there before, for reviews. @default not known */
	readonly before?: World | undefined;
	/** What the site renders beside Terraform, for reviews. @default not known */
	readonly beside?: Beside;
	/** @default that of this process */
	readonly env?: NodeJS.ProcessEnv;
}

/**
 * Synthesises all stacks, so that every rule was checked, and opens the working folders of the selected ones. Prints
 * which stacks were left out.
 *
 * @param options `verbose` prints the output of Terraform as well; `env` is its environment, by default this process's
 * @throws UsageError when none of the selected stacks is part of the world
 */
export async function openStacks(
	app: InfraApp,
	selected: readonly StackFacts[],
	{ verbose, before, beside, env = process.env }: OpenOptions,
): Promise<WorkingDirectory[]> {
	const names = new Set<string>(selected.map(({ name }) => name));
	const leftOut = app.leftOut.filter(({ stack }) => names.has(stack));
	if (leftOut.length === names.size && names.size > 0)
		throw new UsageError(
			leftOut.map(({ reason }) => reason).join("\n"),
			"infra owners show <user>, infra owners change",
		);
	warnOfLeftOut(app);
	const searching = findTerraform();
	const revision = revisionOf(projectRoot);
	// Their answers are awaited below, also when a rule is broken.
	for (const asked of [searching, revision]) asked.catch(() => {});
	app.check();
	const terraform = await searching;
	app.synth();
	const { outdir: output, site } = app;
	const tiers = new Map<string, 0 | 1>(selected.map(({ name, stateTier }) => [name, stateTier]));
	const world = { site, stacks: app.check().documents, beside };
	return world.stacks.flatMap((document) => {
		const stateTier = tiers.get(document.stack);
		return stateTier === undefined
			? []
			: [
					new WorkingDirectory({
						terraform,
						document,
						world,
						before,
						output,
						site: site.name,
						stateTier,
						verbose,
						env,
						revision,
					}),
				];
	});
}
