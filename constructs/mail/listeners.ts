import type { Site } from "../../config/schema/site.ts";

/** A listener of the mail server: a stock port for pods, and a port behind the edge that requires a PROXY header. */
export interface MailListener {
	readonly name: string;
	readonly protocol: "smtp" | "submission" | "imap" | "sieve";
	readonly tls: "opportunistic" | "required" | "implicit";
	/** Port on the Internet. */
	readonly publicPort: number;
	/** Port of the pod for clients inside the cluster, without a PROXY header. */
	readonly stock: { readonly portName: string; readonly port: number };
	/** Port of the pod for the edge; it requires a PROXY header. */
	readonly proxied: { readonly portName: string; readonly port: number };
	/** Node port of `proxied`. */
	readonly nodePort: number;
	/** Node port of `stock`, for health checks, which send no header. */
	readonly checkNodePort: number;
}

/** All listeners of a site. Ports, Services, daemons, edge, NAT rules, monitors and tables are rendered from them. */
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

/** Networks from which a pod sees node-port traffic: only their PROXY headers may be trusted. */
export function nodePortNetworks({ cluster, network }: Pick<Site, "cluster" | "network">): readonly string[] {
	return cluster.nodePortSources.map((source) => network.subnets[source]?.cidr ?? source);
}
