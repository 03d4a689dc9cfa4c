import type { Endpoint } from "./schema/endpoints.ts";
import type { Site } from "./schema/site.ts";

/**
 * Endpoints that this project's own stacks serve, derived from the site: a new listener of the mail server becomes an
 * endpoint by itself. Each stack states what it really serves, and the rule `endpoint-produced` compares.
 */
export function ownEndpoints({ cluster, mail }: Pick<Site, "cluster" | "mail">): Site["endpoints"] {
	const serves = (stack: string, service: string, ports: Endpoint["ports"], purpose: string): Endpoint => ({
		host: `${service}.${stack}.svc.${cluster.domain}`,
		ports,
		stack,
		purpose,
	});
	const redis = { redis: 6379, sentinel: 26379 };
	const listeners = Object.entries(mail.listeners).map(([name, { stockPort }]) => [name, stockPort] as const);
	return {
		"vault-active": serves(
			"vault",
			"vault-active",
			{ http: 8200 },
			"The server that leads; the others forward to it",
		),
		mailserver: serves(
			"mailserver",
			"mailserver",
			Object.fromEntries(listeners),
			"Submission and reading of mail by pods; the certificate names the public host",
		),
		"redis-master": serves(
			"redis",
			"redis-master",
			redis,
			"Writes and ordinary requests; idle connections are closed",
		),
		"redis-legacy": serves(
			"redis",
			"redis",
			redis,
			"Old name of redis-master, for clients that have it built in",
		),
		"redis-sentinel": serves(
			"redis",
			"redis-headless",
			redis,
			"Sentinel discovery, for clients with long-lived connections",
		),
		"woodpecker-server": serves(
			"woodpecker",
			"woodpecker-server",
			{ http: 80, grpc: 9000 },
			"API of the CI server, and the door of its agents",
		),
	};
}
