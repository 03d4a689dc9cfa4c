import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseSite } from "./parse-site.ts";
import { projectRoot } from "./project-root.ts";
import { ConfigError } from "./schema/problem.ts";
import type { Site } from "./schema/site.ts";
import type { SiteChoice } from "./site-choice.js";

const sites = {
	home: () => import("./sites/home.ts"),
	lab: () => import("./sites/lab.ts"),
};

/** Names of the sites in this repository. */
export const siteNames = Object.keys(sites);

/**
 * Loads and validates a site.
 *
 * @param name a site of this repository, or the path of a module or JSON file outside it (contains a `/`)
 * @param chosenBy what names the site, for the message when there is none
 * @throws ConfigError when there is no such site, or with all of its problems at once
 */
export async function loadSite(name: string, chosenBy = "site"): Promise<Site> {
	if (name.includes("/")) {
		const file = resolve(name);
		if (!existsSync(file)) throw new ConfigError(chosenBy, [{ path: name, message: "no such file" }]);
		const module = await import(
			pathToFileURL(file).href,
			file.endsWith(".json") ? { with: { type: "json" } } : {}
		);
		return parseSite(module.default, `site ${name}`);
	}
	const load = sites[name as keyof typeof sites];
	if (!Object.hasOwn(sites, name) || load === undefined)
		throw new ConfigError(chosenBy, [
			{
				path: name,
				message: `no such site: expected ${siteNames.join(" or ")}, or the path of a file`,
				input: name,
				candidates: siteNames,
			},
		]);
	return parseSite((await load()).default, `site ${name}`);
}

/**
 * A site, and the file that somebody reads the registry from for now. What is synthesised follows the site's own source,
 * which is a fact of the site: where machines find the registry, and may write it.
 */
export type ChosenSite = Site & {
	/** Path from the root of the project, or an absolute one. */
	readonly registryFile?: string;
};

/** The site of a choice, with the registry that it chooses. @throws ConfigError as `loadSite` does */
export async function loadChosenSite({ site, chosenBy, registryFile }: SiteChoice): Promise<ChosenSite> {
	const loaded = await loadSite(site, chosenBy);
	return registryFile === undefined ? loaded : withRegistryFile(loaded, registryFile);
}

/** The site with its registry in a file, named as from the current folder. */
export function withRegistryFile(site: Site, file: string): ChosenSite {
	const inProject = relative(projectRoot, resolve(file));
	const path = inProject.startsWith("..") ? resolve(file) : inProject;
	return { ...site, registryFile: path };
}
