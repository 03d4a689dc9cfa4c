import { resolve } from "node:path";
import type { ChosenSite } from "../config/load-site.ts";
import { projectRoot } from "../config/project-root.ts";
import type { Registry } from "../config/registry/registry.ts";
import { outputFolder, type SiteChoice } from "../config/site-choice.js";
import { catalogue, loadStacks } from "../stacks/catalogue.ts";
import type { StackFacts } from "../stacks/declaration.ts";
import type { InfraApp } from "../stacks/infra-app.ts";

/** The project that commands work on. Tests use a small one. */
export interface Project {
	/** All stacks, in the order in which they are applied. */
	readonly catalogue: readonly StackFacts[];
	/** What the user chose. */
	readonly choice: () => SiteChoice;
	/** The chosen site, validated. */
	readonly loadSite: () => Promise<ChosenSite>;
	/**
	 * Builds all stacks in memory. This is where the engine is loaded.
	 *
	 * @param registry to build for instead of the site's own
	 * @param site the chosen one with changes, such as while Vault is founded
	 */
	readonly openApp: (registry?: Registry, site?: ChosenSite) => Promise<InfraApp>;
	/** Revision of the code, with `-dirty` where files differ from it; undefined when it is none of git's. */
	readonly revision: () => Promise<string | undefined>;
	/** Whether its revisions are those of this repository, so that deploys are recorded in it. @default false */
	readonly versioned?: boolean;
}

/** Opens a project for what the user chooses, which is asked for when something is loaded. */
export type OpenProject = (choice: () => SiteChoice) => Project;

/** The project of this repository, whatever the current folder. */
export const openProject: OpenProject = (choice) => {
	const loadSite = async () => (await import("../config/load-site.ts")).loadChosenSite(choice());
	return {
		catalogue,
		choice,
		loadSite,
		versioned: true,
		openApp: async (registry, changed) => {
			const site = changed ?? (await loadSite());
			const [{ InfraApp }, stacks, { loadTenants }] = await Promise.all([
				import("../stacks/infra-app.ts"),
				loadStacks(),
				import("../clients/vault/load-registry.ts"),
			]);
			const chosen = choice();
			const outdir = chosen.outdir ?? resolve(projectRoot, outputFolder(chosen));
			return new InfraApp({ site, registry: registry ?? (await loadTenants(site)), stacks, outdir });
		},
		revision: async () => (await import("./revision.ts")).revisionOf(projectRoot),
	};
};
