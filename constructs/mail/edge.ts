import { createHash } from "node:crypto";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import type { HaproxyConfig, ProxyProtocolServer, TcpFrontend } from "../haproxy/model.ts";
import { type MailListener, mailListeners } from "./listeners.ts";

/** Leads what arrives at a port of the router's outer interface to the edge, under the same port. */
export interface NatRule {
	/** Name of the interface in pfSense. */
	readonly interface: "wan";
	readonly port: number;
	/** IPv4 address of the edge. */
	readonly target: string;
	/** Alias or address that the port led to before; none when nothing did. */
	readonly formerTarget?: string;
}

/** How mail gets from the Internet to the nodes of the cluster. */
export interface MailEdge {
	readonly haproxy: HaproxyConfig;
	readonly nat: readonly NatRule[];
}

/** Begins the name of every object of the edge on pfSense: whatever else is there belongs to others. */
export const edgePrefix = "infra_mail_";

/** Where the HAProxy package of pfSense puts its socket; the path is no setting of it. */
const adminSocket = "/tmp/haproxy.socket";

/** Of pfSense's own: the statistics of its package, and frontends that are not of this edge. */
const routersOwnConnections = 200;

type EdgeSite = Pick<Site, "mail" | "network" | "cluster">;

/**
 * HAProxy before the listeners of a site, and the redirects that lead to it (docs/reference/mail.md#listeners).
 * A header goes to the listener that demands one; a check goes to the listener that demands none.
 */
export function mailEdge({ mail, network, cluster }: EdgeSite): MailEdge {
	const { proxy, formerTarget, maxConnections, connectTimeout, check, idle } = mail.edge;
	const addressOf = (host: string) => {
		const found = network.hosts[host];
		if (found === undefined) throw new VisibleError(`there is no host "${host}" in network.hosts`);
		return found.address;
	};
	const edge = addressOf(proxy);
	const workers = Object.entries(cluster.nodes).filter(([, { controlPlane }]) => !controlPlane);
	const listeners = mailListeners({ mail });

	const frontend = ({ name, protocol, publicPort, nodePort, checkNodePort }: MailListener): TcpFrontend => {
		const servers = workers.map(
			([node, { host }]): ProxyProtocolServer => ({
				name: node,
				address: { ip: addressOf(host) },
				port: nodePort,
				proxyProtocol: "v2",
				check: { ...check, port: checkNodePort },
			}),
		);
		const backend = { name: `${edgePrefix}${name}_nodes`, idle: idle[protocol], servers };
		return {
			name: `${edgePrefix}${name}`,
			ip: edge,
			port: publicPort,
			idle: idle[protocol],
			routes: [{ backend, when: [] }],
		};
	};

	const longest = Math.max(...Object.values(idle));
	return {
		haproxy: {
			maxConnections,
			otherConnections: routersOwnConnections,
			// A reload leaves the sessions to the old process, for as long as the patient ones may be silent.
			hardStopAfter: longest,
			timeouts: { connect: connectTimeout, idle: longest, check: connectTimeout },
			redispatches: Math.max(1, workers.length - 1),
			adminSocket,
			frontends: listeners.map(frontend),
		},
		nat: listeners.map(({ publicPort }) => ({
			interface: "wan",
			port: publicPort,
			target: edge,
			...(formerTarget !== undefined && { formerTarget }),
		})),
	};
}

/**
 * Twelve hexadecimal digits that change with the edge. A stack that carries them shows in its plan that the edge is
 * to be applied as well.
 */
export function edgeHash(site: EdgeSite): string {
	return createHash("sha256")
		.update(JSON.stringify(mailEdge(site)))
		.digest("hex")
		.slice(0, 12);
}
