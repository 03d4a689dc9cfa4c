import type { Site } from "../../config/schema/site.ts";

/** A data node: a pod of the stateful set, with a Redis server and a Sentinel. */
export interface RedisNode {
	/** Pod name, such as `redis-node-0`. */
	readonly name: string;
	/** DNS name, which resolves to the current address of the pod. */
	readonly host: string;
}

/** Names and sizes of the replica set, derived from the site; everything rendered uses them. */
export interface RedisTopology {
	readonly settings: Site["redis"];
	readonly namespace: string;
	/** Stateful set, and the prefix of its pods. */
	readonly statefulSet: string;
	readonly headlessService: string;
	readonly nodes: readonly RedisNode[];
	/** Sentinels that make a majority. */
	readonly majority: number;
	/**
	 * Smallest number of data nodes that together hold every acknowledged write, whichever nodes they are. A write is
	 * on the master and on `writeSafety.minReplicas` others before it is acknowledged.
	 */
	readonly complete: number;
	readonly ports: { readonly redis: 6379; readonly sentinel: 26379 };
}

/** Derives the topology of a site. The site's own checks have already bounded the numbers. */
export function redisTopology(site: Site, namespace = "redis"): RedisTopology {
	const statefulSet = "redis-node";
	const headlessService = "redis-headless";
	const domain = `${headlessService}.${namespace}.svc.${site.cluster.domain}`;
	const majority = Math.floor(site.redis.nodes / 2) + 1;
	return {
		settings: site.redis,
		namespace,
		statefulSet,
		headlessService,
		nodes: Array.from({ length: site.redis.nodes }, (_, ordinal) => ({
			name: `${statefulSet}-${ordinal}`,
			host: `${statefulSet}-${ordinal}.${domain}`,
		})),
		majority,
		complete: Math.max(majority, site.redis.nodes - site.redis.writeSafety.minReplicas),
		ports: { redis: 6379, sentinel: 26379 },
	};
}
