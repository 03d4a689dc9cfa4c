import type { SshServer } from "../../clients/host/ssh-target.ts";
import type { Site } from "../../config/schema/site.ts";
import { edgeHash, edgePrefix, mailEdge } from "../../constructs/mail/edge.ts";
import { pfsenseEdge } from "../../constructs/pfsense/edge-objects.ts";
import type { EdgeRequest } from "./edge-program.ts";

/** The edge of a site, and the router that it belongs on. */
export interface SiteEdge {
	readonly router: SshServer;
	/** For the heading of a patch. */
	readonly source: string;
	readonly request: EdgeRequest;
	/** Longest time in milliseconds until every server has been checked. */
	readonly settling: number;
}

/**
 * The edge of a site. It needs the site alone, so that mail can be repaired while Vault is down or a stack is broken.
 *
 * @param replace foreign objects whose place the edge takes
 */
export function siteEdge(site: Site, replace: readonly string[] = []): SiteEdge {
	const { proxy, ssh, check } = site.mail.edge;
	const source = `site ${site.name}, edge ${edgeHash(site)}`;
	return {
		router: {
			name: proxy,
			address: site.network.hosts[proxy]?.address ?? proxy,
			setting: "mail.edge.ssh",
			login: ssh,
		},
		source,
		request: { ...pfsenseEdge(mailEdge(site), edgePrefix, source), replace },
		settling: check.interval * (Math.max(check.fall, check.rise) + 1),
	};
}
