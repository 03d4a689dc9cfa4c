import { createHash } from "node:crypto";
import { basename, resolve } from "node:path";

/** The site of a fresh clone: it needs no credential. */
const defaultSite = "lab";

/**
 * What a command works on.
 *
 * @typedef {object} SiteChoice
 * @property {string} site a site of this repository, or the path of a module or JSON file outside it (contains a `/`)
 * @property {string} chosenBy what names the site, for messages: a variable or an option
 * @property {string} [registryFile] file with the registry of people, in the place of the site's own source
 * @property {string} [outdir] folder that receives the stacks, in the place of the site's own
 */

/**
 * What the environment chooses. This is the only place that reads these variables; everything else gets the choice.
 *
 * Plain JavaScript: the programs ask before they run on a Node.js that reads TypeScript.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {SiteChoice}
 */
export function choiceOf({ INFRA_SITE, INFRA_REGISTRY, CDKTF_OUTDIR } = process.env) {
	return {
		site: INFRA_SITE || defaultSite,
		chosenBy: "INFRA_SITE",
		...(INFRA_REGISTRY ? { registryFile: INFRA_REGISTRY } : {}),
		...(CDKTF_OUTDIR ? { outdir: CDKTF_OUTDIR } : {}),
	};
}

/**
 * Folder that receives the stacks of a site, below the root of the repository unless the choice names another. The
 * default site has the engine's own default, every other site one with its name, so that none overwrites what another
 * has planned. Sites in files of the same name are told apart by where the file is.
 *
 * @param {Pick<SiteChoice, "site" | "outdir">} choice
 * @returns {string}
 */
export function outputFolder({ site, outdir }) {
	if (outdir) return outdir;
	if (site === defaultSite) return "cdktf.out";
	if (!site.includes("/")) return `cdktf.out.${site}`;
	const place = createHash("sha256").update(resolve(site)).digest("hex").slice(0, 8);
	return `cdktf.out.${basename(site).replace(/\.[^.]*$/, "")}-${place}`;
}
