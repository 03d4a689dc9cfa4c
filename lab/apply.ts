import { loadSite } from "../config/load-site.ts";
import { keepsStateInPostgres } from "../engine/database-password.ts";
import { deployStacks } from "../engine/deploy/deploy-stacks.ts";
import { openStacks } from "../engine/open-stacks.ts";
import type { Project } from "../engine/project.ts";
import { selectStacks } from "../engine/stack-selection.ts";
import { UsageError } from "../terminal/usage-error.ts";
import { labEnvironment } from "./lab-environment.ts";
import { requireLab } from "./lab-state.ts";
import { seedVault } from "./seed-vault.ts";

/** Opens the project for the site of the lab, which is not the one that the user chose. */
export type OpenSite = (site: string) => Project;

/**
 * Applies stacks to the lab in order, each planned after those before it were applied.
 *
 * @param names of stacks; all when empty
 * @throws UsageError when there is no lab
 */
export async function applyToLab(openSite: OpenSite, names: readonly string[]): Promise<void> {
	const lab = requireLab();
	if (lab.vaultToken === "")
		throw new UsageError(
			"Vault of this lab begins with nothing",
			"infra lab values | infra lab shell -- infra bootstrap --values - founds it, and applies the stacks",
		);
	const project = openSite(lab.site);
	const env = await labEnvironment(lab);
	const selected = selectStacks(project.catalogue, names);
	const stacks = await openStacks(await project.openApp(), selected, { verbose: false, env });
	const options = { destroy: false, short: true, confirmDestroy: [], confirm: async () => true };
	await seedVault(lab, { site: await loadSite(lab.site), stacks: stacks.map(({ document }) => document) });
	const [early = [], late = []] = [false, true].map((wanted) =>
		stacks.filter(({ document }) => keepsStateInPostgres(document) === wanted),
	);
	await deployStacks(early, options);
	// The stack may have been Vault, which makes the password of the state database for the others.
	const withPassword = await labEnvironment(lab);
	await deployStacks(
		late.map((stack) => stack.withEnvironment(withPassword)),
		options,
	);
}
