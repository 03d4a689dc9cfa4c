import { loadSite } from "../../config/load-site.ts";
import { deployStacks } from "../deploy/deploy-stacks.ts";
import type { Project } from "../project.ts";
import { selectStacks } from "../stack-selection.ts";
import { openStacks } from "../terraform/open-stacks.ts";
import { UsageError } from "../usage-error.ts";
import { labEnvironment, readLab } from "./lab-state.ts";
import { seedVault } from "./seed-vault.ts";

/**
 * Applies stacks to the lab, each planned when those before it are applied.
 *
 * @param names of stacks; all when empty
 * @throws UsageError when there is no lab
 */
export async function applyToLab(project: Project, names: readonly string[]): Promise<void> {
	const lab = readLab();
	if (lab === undefined) throw new UsageError("there is no lab", "infra lab up starts one");
	Object.assign(process.env, labEnvironment(lab));
	const selected = selectStacks(project.catalogue, names);
	const stacks = await openStacks(await project.openApp(), selected, { verbose: false });
	const options = { destroy: false, confirmDestroy: [], confirm: async () => true };
	// What the others read is written to its engine, so that it comes before storage here.
	const isVault = ({ document }: (typeof stacks)[number]) => document.stack === "vault";
	await deployStacks(stacks.filter(isVault), options);
	await seedVault(lab, await loadSite(lab.site));
	await deployStacks(
		stacks.filter((stack) => !isVault(stack)),
		options,
	);
}
