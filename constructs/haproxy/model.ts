import { VisibleError } from "../../config/schema/visible-error.ts";
/** A time span in milliseconds. */
export type Milliseconds = number;

declare const obsolete: unique symbol;

/**
 * How long HAProxy goes on using an address that DNS has already replaced: at most a second, because all of it is
 * added to every change of address. Made by {@link obsoleteHold} only.
 */
export type ObsoleteHold = Milliseconds & { readonly [obsolete]: true };

/** @throws VisibleError when the hold is negative or longer than a second */
export function obsoleteHold(hold: Milliseconds): ObsoleteHold {
	if (!(hold >= 0 && hold <= 1000))
		throw new VisibleError(
			`hold obsolete is ${hold}ms: expected 0 to 1000, all of it delays an address change`,
		);
	return hold as ObsoleteHold;
}

/** Runtime DNS (section `resolvers`). The name server is an address: HAProxy must start while DNS is away. */
export interface Resolvers {
	readonly name: string;
	readonly nameserver: { readonly name: string; readonly ip: string; readonly port: number };
	readonly retries: number;
	/** Interval between queries for one name. */
	readonly resolve: Milliseconds;
	readonly retry: Milliseconds;
	/** How long the last good answer survives each outcome. */
	readonly hold: {
		readonly valid: Milliseconds;
		readonly obsolete: ObsoleteHold;
		readonly nx: Milliseconds;
		readonly timeout: Milliseconds;
		readonly refused: Milliseconds;
		readonly other: Milliseconds;
	};
}

/**
 * Where a server is. A name always comes with the resolvers that follow it: without them HAProxy asks once, at its
 * start, and keeps the address of a pod that is long gone.
 */
export type ServerAddress =
	| { readonly ip: string }
	| { readonly host: string; readonly resolvers: Resolvers };

/** Pace of health checks. */
export interface CheckPace {
	readonly interval: Milliseconds;
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

/** A server that gets the connection as it is. Without `check` it always counts as up. */
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
			 * Bytes of the shortest complete answer. From then on a mismatch is final; without it the check waits for
			 * the whole check timeout in the hope of more.
			 */
			readonly minLength: number;
	  };

export interface Backend {
	readonly name: string;
	/** @default roundrobin */
	readonly balance?: "roundrobin" | "leastconn" | "first";
	/** Dialogue of each check after the connection is open. @default none: an open connection suffices */
	readonly checkScript?: readonly CheckStep[];
	/** Close the sessions of a server at the moment it is marked down. @default false */
	readonly closeSessionsWhenDown?: boolean;
	/** Silence of a server after which its connection is closed. @default that of the whole configuration */
	readonly idle?: Milliseconds;
	readonly servers: readonly Server[];
}

/** Holds while at least, or at most, so many servers of a backend are up. */
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
	/** Address to listen on. @default every address */
	readonly ip?: string;
	readonly port: number;
}

/** Accepts TCP connections and hands them on unread. A connection that no route takes is closed. */
export interface TcpFrontend extends AnyFrontend {
	/** Silence of a client after which its connection is closed. @default that of the whole configuration */
	readonly idle?: Milliseconds;
	readonly routes: readonly Route[];
}

/** Answers about HAProxy itself: health for Kubernetes, metrics for Prometheus. */
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
	 * Cap on the concurrent connections of each frontend. None takes them from another, least of all from the status
	 * frontend; further clients wait in the queue of the socket.
	 */
	readonly maxConnections: number;
	/** What the process takes beside that, for frontends that are not part of this model. @default none */
	readonly otherConnections?: number;
	/** A soft stop closes the remaining sessions after this time. */
	readonly hardStopAfter: Milliseconds;
	/**
	 * How many other servers, one after the other, get a connection that the first one does not accept.
	 *
	 * @default none: the same server is tried again
	 */
	readonly redispatches?: number;
	/** Path of a socket that tells and changes the state of servers, and hands the listeners to the next process. */
	readonly adminSocket?: string;
	readonly timeouts: {
		readonly connect: Milliseconds;
		/** Idle time after which either side of a connection is closed. */
		readonly idle: Milliseconds;
		/** Longest time for one step of a health check. */
		readonly check: Milliseconds;
	};
	readonly frontends: readonly TcpFrontend[];
	readonly status?: StatusFrontend;
	/** Backends that no route names, kept for what their checks tell (conditions, metrics). */
	readonly observers?: readonly Backend[];
}

/** A configuration that can run in the cluster: it answers the kubelet and Prometheus. */
export type ClusterHaproxyConfig = HaproxyConfig & { readonly status: StatusFrontend };

/** Connections of the status frontend: the kubelet, Prometheus, and an operator or two, with time to spare. */
export const statusConnections = 64;

/**
 * Cap on the connections of the process (`maxconn` of section `global`): what its frontends may take together.
 *
 * At this cap HAProxy stops accepting on every frontend alike, so one that could reach it alone would silence the rest.
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
