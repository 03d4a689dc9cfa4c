import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabNode } from "../lab-node.ts";
import { RedisLab } from "../redis-lab.ts";

/** Detection time of the counterfactuals, in milliseconds; the reference leaves it at 60 s. */
export const downAfter = 5000;

const proxyText = readFileSync(join(import.meta.dirname, "haproxy.cfg"), "utf8");

/** The same text as it was before names were resolved at run time. */
const withoutResolvers = proxyText.replaceAll(" resolvers kubernetes init-addr last,libc,none", "");

export interface ReferenceProps {
	readonly nodes?: number;
	/** Names are followed at run time. @default true */
	readonly resolvers?: boolean;
}

/** The configuration that the redis stack replaces: two nodes, quorum 2, routed by role alone. */
export async function startReference({
	nodes = 2,
	resolvers = true,
}: ReferenceProps = {}): Promise<RedisLab> {
	const lines = (resolvers ? proxyText : withoutResolvers).split("\n");
	const proxy = lines.flatMap((line) =>
		line.includes("server redis-node-1 ")
			? Array.from({ length: nodes - 1 }, (_, index) => line.replaceAll("node-1", `node-${index + 1}`))
			: [line],
	);
	return await RedisLab.start({
		nodes,
		startNode: (node) => startNode(nodes, node),
		proxy: proxy.join("\n"),
		dataBackend: "redis_master",
	});
}

/**
 * Follows whom the first Sentinel that answers names, as the chart's start scripts do: no answer makes a master of the
 * first node. A Sentinel forgets at each start.
 */
const startScript = `
master=
for peer in $PEERS; do
	master=$(timeout 1 redis-cli -h "$peer" -p 26379 --raw SENTINEL get-master-addr-by-name mymaster 2>/dev/null | head -n 1)
	case $master in redis-node-*) break ;; *) master=$FIRST ;; esac
done
if [ "$1" = sentinel ]; then
	sed -i "s/MASTER/$master/" sentinel.conf
	exec redis-server sentinel.conf --sentinel
fi
if [ "$master" != "$NAME" ]; then set -- "$@" --replicaof "$master" 6379; fi
shift
exec redis-server "$@"
`;

function startNode(nodes: number, { name, host, volume }: LabNode) {
	const all = Array.from({ length: nodes }, (_, index) => name.replace(/\d+/, String(index)));
	mkdirSync(volume, { recursive: true });
	const env = {
		PATH: process.env.PATH,
		NAME: name,
		FIRST: all[0],
		PEERS: all.filter((peer) => peer !== name).join(" "),
	};
	const start =
		(program: string, ...args: string[]) =>
		() =>
			host.start(program, "sh", ["-c", `cd "$0" && ${startScript}`, volume, program, ...args], env);
	writeFileSync(
		join(volume, "sentinel.conf"),
		[
			"port 26379",
			`dir ${volume}`,
			"protected-mode no",
			"sentinel resolve-hostnames yes",
			"sentinel announce-hostnames yes",
			`sentinel announce-ip ${name}`,
			"sentinel monitor mymaster MASTER 6379 2",
			`sentinel down-after-milliseconds mymaster ${downAfter}`,
			"sentinel failover-timeout mymaster 180000",
			"sentinel parallel-syncs mymaster 1",
			"",
		].join("\n"),
	);
	return [
		start(
			"redis",
			...["--port", "6379", "--dir", volume, "--appendonly", "yes", "--save", ""],
			...["--protected-mode", "no", "--replica-announce-ip", name, "--replica-announce-port", "6379"],
		),
		start("sentinel"),
	];
}
