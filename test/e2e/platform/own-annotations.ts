import type { Site } from "../../../config/schema/site.ts";
import { renderOwnerIngress } from "../../../constructs/kubernetes/owner-ingress.ts";

/** Annotations of the ingress of an owner's app, with every protection that is a default. */
export function ownAnnotations(site: Pick<Site, "cluster" | "network">): Readonly<Record<string, string>> {
	const backend = { name: "web", port: 80 };
	const { metadata } = renderOwnerIngress(site, {
		namespace: "",
		app: "",
		host: "",
		backend,
		protection: {},
	});
	return { ...metadata.annotations };
}
