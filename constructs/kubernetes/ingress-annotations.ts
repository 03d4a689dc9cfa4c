import type { Site } from "../../config/schema/site.ts";

type VirtualHost = Site["virtualHosts"][string];

/** How the public monitor watches a host. */
export interface ExternalMonitor {
	/** @default the label of the host */
	readonly name?: string;
	/** Path that must answer with success; the root may answer with any status below 500. */
	readonly path?: string;
}

/** The tile of a host on the home page; empty when the site gives it none. */
export function homePageAnnotations(
	label: string,
	{ homePage, purpose }: VirtualHost,
	domain: string,
): Record<string, string> {
	if (homePage === undefined) return {};
	return prefixed("gethomepage.dev", {
		enabled: "true",
		name: homePage.name,
		description: purpose,
		group: homePage.group,
		href: `https://${label}.${domain}`,
		icon: homePage.icon ?? `${label}.png`,
		// By default the page looks for pods with the name of the ingress; an empty selector turns that off.
		"pod-selector": "",
	});
}

/** Annotations for the external monitor, which watches every host that does not opt out. */
export function monitorAnnotations(monitor: ExternalMonitor | false, domain: string): Record<string, string> {
	const prefix = `uptime.${domain}`;
	if (monitor === false) return prefixed(prefix, { "external-monitor": "false" });
	const { name, path } = monitor;
	return prefixed(prefix, {
		"external-monitor": "true",
		...(name === undefined ? {} : { "external-monitor-name": name }),
		...(path === undefined ? {} : { "external-monitor-path": path }),
	});
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
	return Object.fromEntries(Object.entries(values).map(([key, value]) => [`${prefix}/${key}`, value]));
}
