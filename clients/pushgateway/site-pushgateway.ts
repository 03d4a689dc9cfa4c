import { httpUrl } from "../../config/schema/endpoints.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";

/** Address of the site's Pushgateway in the cluster. @throws VisibleError when the site has none */
export function pushgatewayOf({ monitoring, endpoints }: Pick<Site, "monitoring" | "endpoints">): string {
	const endpoint = endpoints[monitoring.pushgateway];
	if (endpoint === undefined)
		throw new VisibleError(`monitoring.pushgateway: there is no endpoint ${monitoring.pushgateway}`);
	return httpUrl(endpoint);
}
