import { resolve } from "node:path";
import { outputFolder } from "../config/output-folder.js";
import { projectRoot } from "../config/project-root.ts";
import type { Registry } from "../config/registry/registry.ts";
import type { Site } from "../config/schema/site.ts";
import { catalogue, loadStacks } from "../stacks/catalogue.ts";
import type { StackFacts } from "../stacks/declaration.ts";
import type { InfraApp } from "../stacks/infra-app.ts";

/** The project that commands work on. Tests use a small one. */
export interface Project {
	/** All stacks, in the order in which they are applied. */
	readonly catalogue: readonly StackFacts[];
	/** The site that `INFRA_SITE` names, validated. */
	readonly loadSite: () => Promise<Site>;
	/**
	 * Builds all stacks in memory. This is where the engine is loaded.
	 *
	 * @param registry to build for instead of the site's own
	 */
	readonly openApp: (registry?: Registry) => Promise<InfraApp>;
}

/** The project of this repository, whatever the current folder. */
export const project: Project = {
	catalogue,
	loadSite,
	openApp: async (registry) => {
		const site = await loadSite();
		// Turns off the stack trace that the engine takes for every token, as main.ts does.
		process.env.CDKTN_DISABLE_CREATION_STACK = "1";
		const [{ InfraApp }, stacks, { loadTenants }] = await Promise.all([
			import("../stacks/infra-app.ts"),
			loadStacks(),
			import("../clients/vault/load-registry.ts"),
		]);
		const outdir = process.env.CDKTF_OUTDIR || resolve(projectRoot, outputFolder());
		return new InfraApp({ site, registry: registry ?? (await loadTenants(site)), stacks, outdir });
	},
};

async function loadSite(): Promise<Site> {
	return (await import("../config/load-site.ts")).loadSite();
}
