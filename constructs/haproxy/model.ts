import type { Duration } from "../../config/schema/duration.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";

declare const obsolete: unique symbol;

/**
 * How long HAProxy goes on using an address that DNS has already replaced: at most a second, because all of it is
 * added to every change of address. Made by {@link obsoleteHold} only.
 */
export type ObsoleteHold = Duration & { readonly [obsolete]: true };

/** @throws VisibleError when the hold is negative or longer than a second */
export function obsoleteHold(hold: Duration): ObsoleteHold {
	if (!(hold >= 0 && hold <= 1000))
		throw new VisibleError(
			`hold obsolete is ${hold}ms: expected 0 to 1000, all of it delays an address change`,
		);
	return hold as ObsoleteHold;
}

/** Runtime DNS (section `resolvers`). The name server is an IP address: HAProxy must start while DNS is down. */
export interface Resolvers {
	readonly name: string;
	readonly nameserver: { readonly name: string; readonly ip: string; readonly port: number };
	readonly retries: number;
	/** Interval between queries for one name. */
	readonly resolve: Duration;
	readonly retry: Duration;
	/** How long the last valid answer is kept, by the outcome of later queries. */
	readonly hold: {
		readonly valid: Duration;
		readonly obsolete: ObsoleteHold;
		readonly nx: Duration;
		readonly timeout: Duration;
		readonly refused: Duration;
		readonly other: Duration;
	};
}

/**
 * Address of a server. A host name comes with resolvers: without them HAProxy resolves it once, at start, and keeps the
 * address of a pod that is long gone.
 */
export type ServerAddress =
	| { readonly ip: string }
	| { readonly host: string; readonly resolvers: Resolvers };

/** Timing of health checks. */
export interface CheckPace {
	readonly interval: Duration;
	/** Failed checks in a row before the server is taken out. */
	readonly fall: number;
	/** Successful checks in a row before it is taken back. */
	readonly rise: number;
}

interface AnyServer {
	readonly name: string;
	readonly address: ServerAddress;
	readonly port: number;
}

/** A server that gets the connection without a PROXY header. Without `check` it always counts as up. */
export interface PlainServer extends AnyServer {
	readonly proxyProtocol?: never;
	readonly check?: CheckPace;
}

/**
 * A server that gets a PROXY protocol version 2 header (the HAProxy project's proxy-protocol.txt, section 2.2). Its
 * check always names a port of its own: a bare `check` would send a LOCAL header and a reset, which kills Postfix.
 */
export interface ProxyProtocolServer extends AnyServer {
	readonly proxyProtocol: "v2";
	readonly check?: CheckPace & { readonly port: number };
}

export type Server = PlainServer | ProxyProtocolServer;

/** One step of a scripted health check (`tcp-check`). `\r\n` and the like are written as in TypeScript. */
export type CheckStep =
	| { readonly send: string }
	| {
			/** Text that the answer must contain, or a regular expression (PCRE) that it must match. */
			readonly expect: string | { readonly pattern: string };
			/**
			 * Length in bytes of the shortest complete answer. An answer of that length that does not match fails at
			 * once; without it the check waits for its timeout.
			 */
			readonly minLength: number;
	  };

export interface Backend {
	readonly name: string;
	/** @default roundrobin */
	readonly balance?: "roundrobin" | "leastconn" | "first";
	/** Script of each check once the connection is open. @default none: an open connection suffices */
	readonly checkScript?: readonly CheckStep[];
	/** Close the sessions of a server at the moment it is marked down. @default false */
	readonly closeSessionsWhenDown?: boolean;
	/** Inactivity of a server after which its connection is closed. @default that of the whole configuration */
	readonly idle?: Duration;
	readonly servers: readonly Server[];
}

/** Holds while at least, or at most, that many servers of a backend are up. */
export type Condition =
	| { readonly backend: Backend; readonly serversUp: number }
	| { readonly backend: Backend; readonly serversUpAtMost: number };

/** Sends a connection to a backend while all conditions hold; the first route that matches wins. */
export interface Route {
	readonly backend: Backend;
	readonly when: readonly Condition[];
}

interface AnyFrontend {
	readonly name: string;
	/** Addresses to listen on, IPv4 or IPv6. @default every IPv4 address */
	readonly ips?: readonly string[];
	readonly port: number;
}

/** Accepts TCP connections and forwards them unread. A connection that matches no route is closed. */
export interface TcpFrontend extends AnyFrontend {
	/** Inactivity of a client after which its connection is closed. @default that of the whole configuration */
	readonly idle?: Duration;
	readonly routes: readonly Route[];
}

/** HTTP endpoint about HAProxy itself: health for Kubernetes, metrics for Prometheus. */
export interface StatusFrontend extends AnyFrontend {
	/** Path that answers 200 as long as the process lives. */
	readonly livePath: string;
	/** Path that answers 200 only while one of these conjunctions holds, else 503. */
	readonly ready: { readonly path: string; readonly anyOf: readonly (readonly Condition[])[] };
	/** Path of the metrics in Prometheus' text format. */
	readonly metricsPath: string;
}

export interface HaproxyConfig {
	/**
	 * Limit of concurrent connections of each frontend, so that none can use up those of another, least of all of the
	 * status frontend; further clients wait in the queue of the socket.
	 */
	readonly maxConnections: number;
	/** Connections of frontends that are not part of this model. @default none */
	readonly otherConnections?: number;
	/** A soft stop closes the remaining sessions after this time. */
	readonly hardStopAfter: Duration;
	/**
	 * How many other servers are tried when a server does not accept a connection.
	 *
	 * @default none: the same server is tried again
	 */
	readonly redispatches?: number;
	/**
	 * Path of the admin socket, which shows and changes the state of servers and passes the listeners to the next
	 * process.
	 */
	readonly adminSocket?: string;
	readonly timeouts: {
		readonly connect: Duration;
		/** Idle time after which either side of a connection is closed. */
		readonly idle: Duration;
		/** Longest time for one step of a health check. */
		readonly check: Duration;
	};
	readonly frontends: readonly TcpFrontend[];
	readonly status?: StatusFrontend;
	/** Backends without a route, kept for their health checks (conditions, metrics). */
	readonly observers?: readonly Backend[];
}

/** A configuration with a status frontend, which the kubelet and Prometheus need. */
export type ClusterHaproxyConfig = HaproxyConfig & { readonly status: StatusFrontend };

/** Connection limit of the status frontend: the kubelet, Prometheus and a few operators need fewer. */
export const statusConnections = 64;

/**
 * Connection limit of the process (`maxconn` of section `global`): the sum over its frontends.
 *
 * At this limit HAProxy stops accepting on all frontends, so a single one that could reach it would block the others.
 */
export function processConnections(config: HaproxyConfig): number {
	const { frontends, maxConnections, otherConnections = 0, status } = config;
	return (
		frontends.length * maxConnections + otherConnections + (status === undefined ? 0 : statusConnections)
	);
}

/** Every backend of a configuration in the order of its first mention. */
export function backendsOf({ frontends, status, observers = [] }: HaproxyConfig): readonly Backend[] {
	const routes = frontends.flatMap((frontend) => frontend.routes);
	const conditions = [...routes.flatMap(({ when }) => when), ...(status?.ready.anyOf.flat() ?? [])];
	return [
		...new Set([
			...routes.map(({ backend }) => backend),
			...conditions.map(({ backend }) => backend),
			...observers,
		]),
	];
}

/** Every resolvers section that some server uses. */
export function resolversOf(config: HaproxyConfig): readonly Resolvers[] {
	const servers = backendsOf(config).flatMap((backend) => backend.servers);
	return [...new Set(servers.flatMap(({ address }) => ("host" in address ? [address.resolvers] : [])))];
}
