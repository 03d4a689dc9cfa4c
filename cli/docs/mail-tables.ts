import { formatDuration, times } from "../../config/schema/duration.ts";
import { mailDomains } from "../../config/schema/mail-domains.ts";
import type { Site } from "../../config/schema/site.ts";
import { mailListeners, nodePortNetworks } from "../../constructs/mail/listeners.ts";
import { code, markdownTable } from "./markdown-table.ts";

const tlsWords = {
	opportunistic: "STARTTLS offered",
	required: "STARTTLS demanded",
	implicit: "from the first byte",
} as const;

/** Every listener with all of its ports. */
export function listenerTable(site: Site): string {
	return markdownTable(
		[
			"Listener",
			"Protocol",
			"Public port",
			"Port for pods",
			"Port for the edge",
			"Node port",
			"Node port of checks",
			"TLS",
		],
		mailListeners(site).map(
			({ name, protocol, tls, publicPort, stock, proxied, nodePort, checkNodePort }) => [
				code(name),
				protocol,
				...[publicPort, stock.port, proxied.port, nodePort, checkNodePort].map(String),
				tlsWords[tls],
			],
		),
	);
}

/** Both ways into the pod, as a Mermaid flowchart. */
export function pathDiagram(site: Site): string {
	const { mail, network } = site;
	const edge = network.hosts[mail.edge.proxy]?.address ?? mail.edge.proxy;
	const ipv6 = network.public?.ipv6;
	const sockets = (port: number) =>
		[`${edge}:${port}`, ...(ipv6 === undefined ? [] : [`[${ipv6}]:${port}`])].join("<br>");
	const lines = mailListeners(site).flatMap(({ name, publicPort, stock, proxied, nodePort }) => [
		`  world -->|${publicPort}| edge_${name}["${sockets(publicPort)}"] -->|"PROXY v2, ${nodePort}"| nodes -->|"${proxied.port}"| pod`,
		`  pods -->|"${stock.port}"| pod`,
	]);
	return [
		"```mermaid",
		"flowchart LR",
		'  world["the world"]',
		'  pods["pods of the cluster"]',
		'  nodes["any node"]',
		'  pod["mail pod"]',
		...lines,
		"```",
	].join("\n");
}

/** Settings of the edge, and whose headers the pod believes. */
export function edgeTable(site: Site): string {
	const { edge } = site.mail;
	const { check, idle } = edge;
	return markdownTable(
		["What", "Value"],
		[
			["Networks whose headers are believed", nodePortNetworks(site).map(code).join(", ")],
			["A dead node is left out after", formatDuration(times(check.fall, check.interval))],
			["Until then a connection to it is tried elsewhere after", formatDuration(edge.connectTimeout)],
			...Object.entries(idle).map(([protocol, time]) => [
				`Idle ${protocol} connection closed after`,
				formatDuration(time),
			]),
		],
	);
}

/** Where mail for each kind of address goes. */
export function addressTable({ mail, network }: Site): string {
	return markdownTable(
		["Address", "Goes to"],
		[
			...mail.accounts.map((account) => [account, "its mailbox"]),
			...Object.entries(mail.aliases).map(([alias, targets]) => [alias, targets.join(", ")]),
			...mailDomains({ mail, network }).map(({ name, catchAll }) => [
				`anything else @${name}`,
				catchAll ?? "nobody: it is refused",
			]),
		],
	);
}

/** Programs that run on a schedule. */
export function mailJobTable({ mail }: Site): string {
	const { probe, retention, backup, webmail } = mail;
	const days = (count: number) => `${count}d`;
	return markdownTable(
		["Job", "When", "Does"],
		[
			[
				"`email-roundtrip-monitor`",
				code(probe.schedule),
				`sends a mail in by the relay and one out and back, waits ${formatDuration(probe.window)} for them, logs in at every public listener`,
			],
			[
				"`spam-retention`",
				code(retention.schedule),
				`deletes automated mail of ${mail.catchAll} after ${days(retention.automated)}, other mail after ${days(retention.other)}`,
			],
			[
				"`mailserver-backup`",
				code(backup.schedule),
				`copies mail, state and log, kept ${days(backup.retention)}`,
			],
			[
				"`roundcube-backup`",
				code(webmail.backupSchedule),
				`copies the webmail's files and keys, kept ${days(backup.retention)}`,
			],
		],
	);
}
