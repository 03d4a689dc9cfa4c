import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { outputFolder } from "../config/output-folder.js";
import type { Registry } from "../config/registry/registry.ts";
import type { Site } from "../config/schema/site.ts";
import { catalogue, loadStacks } from "../stacks/catalogue.ts";
import type { StackFacts } from "../stacks/declaration.ts";
import type { InfraApp } from "../stacks/infra-app.ts";

/** What the commands work on. Tests put a small world in its place. */
export interface Project {
	/** All stacks, in the order in which they are applied. */
	readonly catalogue: readonly StackFacts[];
	/** The site that `INFRA_SITE` names, validated. */
	readonly loadSite: () => Promise<Site>;
	/**
	 * Builds all stacks in memory. Loads the engine, which nothing else at the start of a command does.
	 *
	 * @param registry tenants to build for, instead of those that the site has
	 */
	readonly openApp: (registry?: Registry) => Promise<InfraApp>;
}

const root = fileURLToPath(new URL("..", import.meta.url));

/** The project of this repository, from whichever folder the command is called. */
export const project: Project = {
	catalogue,
	loadSite,
	openApp: async (registry) => {
		const site = await loadSite();
		// Read at every token that is made, see main.ts.
		process.env.CDKTN_DISABLE_CREATION_STACK = "1";
		const [{ InfraApp }, stacks, { loadTenants }] = await Promise.all([
			import("../stacks/infra-app.ts"),
			loadStacks(),
			import("../clients/vault/load-registry.ts"),
		]);
		const outdir = process.env.CDKTF_OUTDIR || resolve(root, outputFolder());
		return new InfraApp({ site, registry: registry ?? (await loadTenants(site)), stacks, outdir });
	},
};

async function loadSite(): Promise<Site> {
	return (await import("../config/load-site.ts")).loadSite();
}
