import type { SiteInput } from "./site.ts";

/** Gives a site its type in the editor. Validation happens when the site is loaded. */
export function defineSite(site: SiteInput): SiteInput {
	return site;
}
