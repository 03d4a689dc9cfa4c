import { createHash } from "node:crypto";
import { basename, resolve } from "node:path";

/** The site of a fresh clone: it needs no credential. */
export const defaultSite = "lab";

/**
 * Folder that receives the stacks of a site, below the root of the repository unless `CDKTF_OUTDIR` names another. The
 * default site has the engine's own default, every other site one with its name, so that none overwrites what another
 * has planned. Sites in files of the same name are told apart by where the file is.
 *
 * Plain JavaScript: the programs ask before they run on a Node.js that reads TypeScript.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string}
 */
export function outputFolder({ CDKTF_OUTDIR, INFRA_SITE } = process.env) {
	if (CDKTF_OUTDIR) return CDKTF_OUTDIR;
	const site = INFRA_SITE || defaultSite;
	if (site === defaultSite) return "cdktf.out";
	if (!site.includes("/")) return `cdktf.out.${site}`;
	const place = createHash("sha256").update(resolve(site)).digest("hex").slice(0, 8);
	return `cdktf.out.${basename(site).replace(/\.[^.]*$/, "")}-${place}`;
}
