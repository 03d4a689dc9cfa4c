import { createHash } from "node:crypto";
import { defined } from "../../config/schema/defined.ts";
import { milliseconds } from "../../config/schema/duration.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import type { HaproxyConfig, ProxyProtocolServer, TcpFrontend } from "../haproxy/model.ts";
import { type MailListener, mailListeners } from "./listeners.ts";

/** Forwards a port of the router's outer interface to the same port of the edge. */
export interface NatRule {
	/** Name of the interface in pfSense. */
	readonly interface: "wan";
	readonly port: number;
	/** IPv4 address of the edge. */
	readonly target: string;
	/** Alias or address that the port was forwarded to before; none when it was not forwarded. */
	readonly formerTarget?: string;
}

/** Lets the world reach an address of the router itself: IPv6 is not translated, so that the edge listens there. */
export interface PassRule {
	/** Name of the interface in pfSense. */
	readonly interface: string;
	readonly port: number;
	/** IPv6 address of the edge. */
	readonly target: string;
}

/** The path of mail from the Internet to the nodes of the cluster. */
export interface MailEdge {
	readonly haproxy: HaproxyConfig;
	readonly nat: readonly NatRule[];
	/** None where the site has no IPv6 address. */
	readonly passes: readonly PassRule[];
}

/** Prefix of the names of all objects of the edge on pfSense; others are not touched. */
export const edgePrefix = "infra_mail_";

/** Path of the admin socket, fixed by the HAProxy package of pfSense. */
const adminSocket = "/tmp/haproxy.socket";

/** Connections of pfSense itself: the statistics of its package, and frontends beside the edge. */
const routersOwnConnections = 200;

type EdgeSite = Pick<Site, "mail" | "network" | "cluster">;

/**
 * HAProxy in front of the listeners of a site, and the redirects to it (docs/reference/mail.md#listeners). Connections
 * go with a PROXY header to the port that requires one; health checks go without to the port that forbids it.
 */
export function mailEdge({ mail, network, cluster }: EdgeSite): MailEdge {
	const { proxy, formerTarget, ipv6Interface, maxConnections, connectTimeout, check, idle } = mail.edge;
	const addressOf = (host: string) => {
		const found = network.hosts[host];
		if (found === undefined) throw new VisibleError(`there is no host "${host}" in network.hosts`);
		return found.address;
	};
	const edge = addressOf(proxy);
	const ipv6 = network.public?.ipv6;
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
			ips: ipv6 === undefined ? [edge] : [edge, ipv6],
			port: publicPort,
			idle: idle[protocol],
			routes: [{ backend, when: [] }],
		};
	};

	const longest = milliseconds(Math.max(...Object.values(idle)));
	return {
		haproxy: {
			maxConnections,
			otherConnections: routersOwnConnections,
			// After a reload the old process keeps its sessions, up to the longest idle timeout.
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
			...defined({ formerTarget }),
		})),
		passes:
			ipv6 === undefined || ipv6Interface === undefined
				? []
				: listeners.map(({ publicPort }) => ({
						interface: ipv6Interface,
						port: publicPort,
						target: ipv6,
					})),
	};
}

/**
 * Hash of the edge, twelve hexadecimal digits. As an annotation of the stack it shows in a plan that the edge must be
 * applied as well.
 */
export function edgeHash(site: EdgeSite): string {
	return createHash("sha256")
		.update(JSON.stringify(mailEdge(site)))
		.digest("hex")
		.slice(0, 12);
}
