import { seconds } from "../../config/schema/duration.ts";
import type { Site } from "../../config/schema/site.ts";
import {
	type Backend,
	type CheckPace,
	type CheckStep,
	type ClusterHaproxyConfig,
	obsoleteHold,
	type Resolvers,
	type Route,
} from "../haproxy/model.ts";
import type { RedisNode, RedisTopology } from "./topology.ts";

/** Status frontend of the proxy: name, port and paths. */
export const proxyStatus = {
	name: "status",
	port: 8404,
	livePath: "/live",
	readyPath: "/ready",
	metricsPath: "/metrics",
} as const;

/** Backends whose checks feed the alerts; their names are labels of HAProxy's metrics. */
export const observerNames = {
	master: "observe_role_master",
	replication: "observe_replication",
	quorum: "observe_quorum",
	members: "observe_members",
} as const;

/**
 * Configuration of the proxy, which forwards to the master (docs/reference/redis.md#how-a-write-finds-the-master).
 *
 * A data node gets connections while two conditions hold: most Sentinels name it as the master, and its own role is
 * master. The Sentinels switch at the promotion, ten seconds before the old master is demoted; the check of the role
 * excludes a node that they name before it is promoted.
 *
 * While no node has a majority, the only one with the role of a master keeps its connections: Sentinels resolve host
 * names synchronously, so they do not answer while DNS is down, although no data node has failed.
 */
export function redisProxyConfig(topology: RedisTopology, dns: Site["cluster"]["dns"]): ClusterHaproxyConfig {
	const { settings, nodes, majority, ports } = topology;
	const { check, resolve, hold, idleTimeout, maxConnections } = settings.proxy;
	const resolvers: Resolvers = {
		name: "kubernetes",
		nameserver: { name: "coredns", ip: dns.address, port: 53 },
		retries: 3,
		resolve,
		retry: resolve,
		hold: {
			valid: hold.valid,
			obsolete: obsoleteHold(hold.obsolete),
			nx: hold.nx,
			timeout: hold.failure,
			refused: hold.failure,
			other: hold.failure,
		},
	};
	const servers = (members: readonly RedisNode[], port: number, pace: CheckPace) =>
		members.map(({ name, host }) => ({ name, port, check: pace, address: { host, resolvers } }));
	const observe = (name: string, port: number, checkScript: readonly CheckStep[]): Backend => ({
		name,
		checkScript,
		servers: servers(nodes, port, check),
	});

	const candidates = nodes.map((node) => ({
		data: {
			name: node.name,
			checkScript: isMaster,
			closeSessionsWhenDown: true,
			servers: servers([node], ports.redis, check),
		} satisfies Backend,
		votes: observe(`vote_${node.name}`, ports.sentinel, namesAsMaster(node, topology)),
	}));
	const masters = observe(observerNames.master, ports.redis, isMaster);
	const selected = candidates.map(
		({ data, votes }): Route => ({
			backend: data,
			when: [
				{ backend: votes, serversUp: majority },
				{ backend: data, serversUp: 1 },
			],
		}),
	);
	const undecided = candidates.map(({ votes }) => ({ backend: votes, serversUpAtMost: majority - 1 }));
	const unopposed = candidates.map(
		({ data }): Route => ({
			backend: data,
			when: [...undecided, { backend: masters, serversUpAtMost: 1 }, { backend: data, serversUp: 1 }],
		}),
	);
	// Without write safety an isolated master would accept writes that are lost when it is demoted.
	const routes = settings.writeSafety.minReplicas > 0 ? [...selected, ...unopposed] : selected;

	return {
		maxConnections,
		hardStopAfter: idleTimeout,
		timeouts: { connect: seconds(5), idle: idleTimeout, check: check.timeout },
		frontends: [
			{
				name: "redis",
				port: ports.redis,
				routes,
			},
			{
				name: "sentinel",
				port: ports.sentinel,
				routes: [
					{
						backend: {
							name: "sentinels",
							servers: servers(nodes, ports.sentinel, { interval: seconds(5), fall: 3, rise: 2 }),
						},
						when: [],
					},
				],
			},
		],
		status: {
			name: proxyStatus.name,
			port: proxyStatus.port,
			livePath: proxyStatus.livePath,
			ready: { path: proxyStatus.readyPath, anyOf: routes.map(({ when }) => when) },
			metricsPath: proxyStatus.metricsPath,
		},
		observers: [
			masters,
			observe(observerNames.replication, ports.redis, isMasterOrFollows),
			observe(observerNames.quorum, ports.sentinel, hasQuorum(settings.masterName)),
			observe(observerNames.members, ports.sentinel, knowsEverybody(nodes.length)),
		],
	};
}

const hello: readonly CheckStep[] = [
	{ send: "PING\r\n" },
	{ expect: "+PONG", minLength: "+PONG\r\n".length },
	{ send: "INFO replication\r\n" },
];

/** Bytes up to the role in the answer to `INFO replication`; every whole answer is longer. */
const roleLength = 40;

const isMaster: readonly CheckStep[] = [...hello, { expect: "role:master", minLength: roleLength }];

const isMasterOrFollows: readonly CheckStep[] = [
	...hello,
	{ expect: { pattern: "role:master|master_link_status:up" }, minLength: roleLength },
];

/** Check: a Sentinel answers with the host of the node as the master. */
function namesAsMaster(node: RedisNode, { settings, nodes, ports }: RedisTopology): readonly CheckStep[] {
	const answers = nodes.map(({ host }) => `*2\r\n$${host.length}\r\n${host}\r\n$4\r\n${ports.redis}\r\n`);
	return [
		{ send: `SENTINEL get-master-addr-by-name ${settings.masterName}\r\n` },
		{ expect: node.host, minLength: Math.min(...answers.map(({ length }) => length)) },
	];
}

const hasQuorum = (masterName: string): readonly CheckStep[] => [
	{ send: `SENTINEL CKQUORUM ${masterName}\r\n` },
	{ expect: "+OK", minLength: "+OK".length },
];

/** Bytes of the shortest answer to `INFO sentinel` about one master. */
const membersLength = 200;

/**
 * Check: a Sentinel knows of exactly as many Sentinels as there are, itself included. One that has left the set is a
 * voter who never votes until it is forgotten.
 */
const knowsEverybody = (sentinels: number): readonly CheckStep[] => [
	{ send: "INFO sentinel\r\n" },
	{ expect: `,sentinels=${sentinels}\r\n`, minLength: membersLength },
];
