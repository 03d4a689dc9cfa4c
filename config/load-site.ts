import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { defaultSite } from "./output-folder.js";
import { parseSite } from "./parse-site.ts";
import { ConfigError } from "./schema/problem.ts";
import type { Site } from "./schema/site.ts";

const sites = {
	home: () => import("./sites/home.ts"),
	lab: () => import("./sites/lab.ts"),
};

/** Names of the sites in this repository. */
export const siteNames = Object.keys(sites);

/**
 * Loads and validates the site that `INFRA_SITE` names.
 *
 * @param name a site of this repository, or the path of a module or JSON file outside it (contains a `/`)
 * @throws ConfigError when there is no such site, or with all of its problems at once
 */
export async function loadSite(name = process.env.INFRA_SITE || defaultSite): Promise<Site> {
	if (name.includes("/")) {
		const file = resolve(name);
		if (!existsSync(file)) throw new ConfigError("INFRA_SITE", [{ path: name, message: "no such file" }]);
		const module = await import(
			pathToFileURL(file).href,
			file.endsWith(".json") ? { with: { type: "json" } } : {}
		);
		return parseSite(module.default, `site ${name}`);
	}
	const load = sites[name as keyof typeof sites];
	if (!Object.hasOwn(sites, name) || load === undefined)
		throw new ConfigError("INFRA_SITE", [
			{
				path: name,
				message: `no such site: expected ${siteNames.join(" or ")}, or the path of a file`,
				input: name,
				candidates: siteNames,
			},
		]);
	return parseSite((await load()).default, `site ${name}`);
}
