import type { Problem } from "./problem.ts";
import type { Site } from "./site.ts";

/** Ports of listeners are unique, among themselves and in the cluster. */
export function* mailPortsAreApart({ cluster, mail }: Pick<Site, "cluster" | "mail">): Iterable<Problem> {
	const listeners = Object.entries(mail.listeners);
	const spaces = [
		["publicPort", []],
		["stockPort", ["proxyPort"]],
		["nodePort", ["checkNodePort"]],
	] as const;
	for (const [field, others] of spaces) {
		const owners = new Map<number, string>();
		if (field === "nodePort")
			for (const [name, port] of Object.entries(cluster.nodePorts))
				owners.set(port, `cluster.nodePorts.${name}`);
		for (const [name, listener] of listeners)
			for (const key of [field, ...others]) {
				const path = `mail.listeners.${name}.${key}`;
				const port = listener[key];
				const owner = owners.get(port);
				if (owner === undefined) owners.set(port, path);
				else yield { path, message: `${port} already belongs to ${owner}` };
			}
	}
}

/** Ports that the image uses for one purpose: listeners of that kind may have them as their stock port. */
const standardPorts: ReadonlyMap<number, string> = new Map([
	[25, "smtp with TLS opportunistic"],
	[465, "submission with TLS implicit"],
	[587, "submission with TLS required"],
	[993, "imap with TLS implicit"],
	[4190, "sieve with TLS required"],
]);

/** Ports of the image's own daemons, beside the listeners; docker-mailserver 15. */
export const imagePorts: ReadonlyMap<number, string> = new Map([
	[24, "delivery to mailboxes"],
	[10001, "the rewriting of senders"],
	[10002, "the rewriting of recipients"],
	[11332, "the filter"],
	[11333, "the filter's scanner"],
	[11334, "the filter's controller"],
	[65265, "the quota of mailboxes"],
]);

/** No listener has a port on which a daemon of the image listens: one of the two could not start. */
export function* imagePortsAreFree({ mail }: Pick<Site, "mail">): Iterable<Problem> {
	for (const [name, listener] of Object.entries(mail.listeners))
		for (const field of ["stockPort", "proxyPort"] as const) {
			const port = listener[field];
			const path = `mail.listeners.${name}.${field}`;
			const user = imagePorts.get(port);
			if (user !== undefined) yield { path, message: `${port} belongs to the image: ${user}` };
			const kind = standardPorts.get(port);
			const own = `${listener.protocol} with TLS ${listener.tls}`;
			if (kind !== undefined && (field === "proxyPort" || kind !== own))
				yield { path, message: `${port} belongs to the image: it is the stock port of ${kind}` };
		}
}

/** What each part of the platform needs of the listeners, beside those that a site adds. */
const needed = [
	{
		who: "other servers deliver to no other port",
		what: "smtp at publicPort 25",
		is: ({ protocol, publicPort }) => protocol === "smtp" && publicPort === 25,
	},
	{
		who: "people, the webmail and the jobs read mail there",
		what: "imap with TLS implicit",
		is: ({ protocol, tls }) => protocol === "imap" && tls === "implicit",
	},
	{
		who: "the webmail and the probe send there",
		what: "submission with TLS required",
		is: ({ protocol, tls }) => protocol === "submission" && tls === "required",
	},
] satisfies { who: string; what: string; is: (listener: Site["mail"]["listeners"][string]) => boolean }[];

/** There is a listener for everybody who has no other way. */
export function* everybodyHasAListener({ mail }: Pick<Site, "mail">): Iterable<Problem> {
	const listeners = Object.values(mail.listeners);
	for (const { who, what, is } of needed)
		if (!listeners.some(is)) yield { path: "mail.listeners", message: `expected ${what}: ${who}` };
}
