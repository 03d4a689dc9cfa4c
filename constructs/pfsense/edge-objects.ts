import { formatDuration } from "../../config/schema/duration.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import {
	type CheckPace,
	type HaproxyConfig,
	processConnections,
	type Server,
	type TcpFrontend,
} from "../haproxy/model.ts";
import { haproxyProblems } from "../haproxy/problems.ts";
import type { MailEdge, NatRule, PassRule } from "../mail/edge.ts";

/** A part of pfSense's `config.xml`: texts only, and nothing empty, so that it comes back from XML as it went in. */
type ConfigNode = { readonly [key: string]: string | ConfigNode | readonly ConfigNode[] };

/** Objects of pfSense's HAProxy package (its section `installedpackages/haproxy`). */
export interface PackageObjects {
	/** Settings of the whole package, by name; those that are not set are null on pfSense. */
	readonly settings: Readonly<Record<string, string | null>>;
	/** Called backends on the pages of the package, and `ha_pools` in its configuration. */
	readonly pools: readonly ConfigNode[];
	/** Called frontends on the pages of the package, and `ha_backends` in its configuration. */
	readonly frontends: readonly ConfigNode[];
}

/** Everything that the program on pfSense needs to know of the edge. */
export interface PfsenseEdge extends PackageObjects {
	/** Prefix of the names of the edge's objects; others are not touched. */
	readonly prefix: string;
	readonly redirects: readonly NatRule[];
	readonly passes: readonly PassRule[];
}

/**
 * The edge as objects of pfSense. A literal address needs the type `custom`: for a type that it does not know, the
 * package binds every address of the router (docs/reference/mail.md#listeners).
 *
 * @param note description of the frontends, as pfSense's pages show it
 * @throws Error for a part of the model that the package has no field for
 */
export function pfsenseEdge({ haproxy, nat, passes }: MailEdge, prefix: string, note: string): PfsenseEdge {
	const problems = [...haproxyProblems(haproxy)];
	if (problems.length > 0) throw new VisibleError(`haproxy: ${problems.join("; ")}`);
	return {
		prefix,
		settings: {
			enable: "yes",
			maxconn: String(processConnections(haproxy)),
			hard_stop_after: formatDuration(haproxy.hardStopAfter),
		},
		pools: haproxy.frontends.map((frontend) => pool(haproxy, frontend)),
		frontends: haproxy.frontends.map((frontend) => packageFrontend(haproxy, frontend, note)),
		redirects: nat,
		passes,
	};
}

function packageFrontend(
	{ timeouts, maxConnections }: HaproxyConfig,
	frontend: TcpFrontend,
	note: string,
): ConfigNode {
	const { name, ips, port, idle } = frontend;
	if (ips === undefined) throw new VisibleError(`frontend ${name}: an edge never listens on every address`);
	return {
		name,
		desc: note,
		status: "active",
		type: "tcp",
		a_extaddr: {
			item: ips.map((ip) => ({ extaddr: "custom", extaddr_custom: ip, extaddr_port: String(port) })),
		},
		backend_serverpool: backendOf(frontend).name,
		client_timeout: String(idle ?? timeouts.idle),
		max_connections: String(maxConnections),
	};
}

function pool({ timeouts, redispatches }: HaproxyConfig, frontend: TcpFrontend): ConfigNode {
	const { name, balance, idle, servers } = backendOf(frontend);
	const [pace] = servers.map(({ check }) => check);
	if (pace === undefined) throw new VisibleError(`backend ${name}: an edge checks its servers`);
	return {
		name,
		balance: balance ?? "roundrobin",
		check_type: "Basic",
		checkinter: String(pace.interval),
		connection_timeout: String(timeouts.connect),
		server_timeout: String(idle ?? timeouts.idle),
		...(redispatches !== undefined && { retries: String(redispatches) }),
		// The package has no field for these. It keeps such lines in Base64.
		advanced_backend: Buffer.from(
			[
				`timeout check ${formatDuration(timeouts.check)}`,
				...(redispatches === undefined ? [] : ["option redispatch 1"]),
			].join("\n"),
		).toString("base64"),
		ha_servers: { item: servers.map((server) => packageServer(server, pace)) },
	};
}

function packageServer({ name, address, port, proxyProtocol, check }: Server, pace: CheckPace): ConfigNode {
	if (!("ip" in address))
		throw new VisibleError(`server ${name}: an edge starts before any name can be resolved`);
	if (check?.interval !== pace.interval)
		throw new VisibleError(`server ${name}: all servers of a pool share the pace of their checks`);
	return {
		name,
		address: address.ip,
		port: String(port),
		status: "active",
		// The package writes `check inter <checkinter>` before this.
		advanced: [
			...(proxyProtocol === "v2" ? ["send-proxy-v2"] : []),
			...("port" in check ? [`port ${check.port}`] : []),
			`fall ${check.fall} rise ${check.rise}`,
		].join(" "),
	};
}

function backendOf({ name, routes }: TcpFrontend) {
	const [route, ...others] = routes;
	if (route === undefined || others.length > 0 || route.when.length > 0)
		throw new VisibleError(`frontend ${name}: an edge forwards each port to one pool`);
	if (route.backend.checkScript !== undefined)
		throw new VisibleError(`backend ${route.backend.name}: an edge checks connections only`);
	return route.backend;
}
