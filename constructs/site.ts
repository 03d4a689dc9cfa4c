import type { Construct } from "constructs";
import type { Site } from "../config/schema/site.ts";

const contextKey = "infra.site";

/** Makes a site known to every construct below `scope`. */
export function provideSite(scope: Construct, site: Site): void {
	scope.node.setContext(contextKey, site);
}

/** The site that a construct is built for. @throws when no ancestor provides one */
export function siteOf(construct: Construct): Site {
	return construct.node.getContext(contextKey);
}
