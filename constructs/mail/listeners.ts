import type { Site } from "../../config/schema/site.ts";

/** One way into the mail server: a stock port for pods, and a port behind the edge that demands a PROXY header. */
export interface MailListener {
	readonly name: string;
	readonly protocol: "smtp" | "submission" | "imap";
	readonly tls: "opportunistic" | "required" | "implicit";
	/** Port of the outside world. */
	readonly publicPort: number;
	/** Port of the pod for clients inside the cluster; a header is an error there. */
	readonly stock: { readonly portName: string; readonly port: number };
	/** Port of the pod for the edge; without a header nobody is served. */
	readonly proxied: { readonly portName: string; readonly port: number };
	/** Port of every node that leads to `proxied`. */
	readonly nodePort: number;
	/** Port of every node that leads to `stock`: health checks carry no header. */
	readonly checkNodePort: number;
}

/** All listeners of a site. Ports, Services, daemons, edge, NAT rules, monitors and tables are renderings of them. */
export function mailListeners({ mail }: Pick<Site, "mail">): readonly MailListener[] {
	return Object.entries(mail.listeners).map(
		([name, { protocol, tls, publicPort, stockPort, proxyPort, nodePort, checkNodePort }]) => ({
			name,
			protocol,
			tls,
			publicPort,
			stock: { portName: name, port: stockPort },
			proxied: { portName: `${name}-proxy`, port: proxyPort },
			nodePort,
			checkNodePort,
		}),
	);
}

/** Networks whose addresses a pod sees as senders of node-port traffic: the only ones whose headers may be believed. */
export function nodePortNetworks({ cluster, network }: Pick<Site, "cluster" | "network">): readonly string[] {
	return cluster.nodePortSources.map((source) => network.subnets[source]?.cidr ?? source);
}
