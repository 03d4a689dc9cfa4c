import type { Site } from "../../config/schema/site.ts";

/** Upper bound of a duration in milliseconds, with its reason. */
export interface TimeBound {
	readonly event: string;
	readonly bound: number;
	/** Settings that it follows from. */
	readonly because: string;
}

/** Time in milliseconds in which Sentinels elect one of them, which promotes a replica. */
const election = 1000;

/** Time in milliseconds in which a replica follows a new master. */
const followed = 1500;

/** Time bounds that follow from the settings of a site. The end-to-end tests measure them. */
export function redisTimeBounds({ redis, cluster }: Site): readonly TimeBound[] {
	const { check, resolve, hold, idleTimeout } = redis.proxy;
	const markedUp = check.interval * (check.rise + 1);
	return [
		{
			event: "Planned failover: not reached",
			bound: check.interval,
			because: "the votes for the old master fall as those for the new one rise",
		},
		{
			event: "Drain of the master's node: no writes",
			bound: markedUp + followed,
			because:
				"check.rise checks, and a replica of the new master (writeSafety): nothing acknowledged is lost",
		},
		{
			event: "Crash of the master or of its node: no writes",
			bound: redis.downAfter + election + markedUp,
			because: "downAfter, an election, and check.rise checks",
		},
		{
			event: "Data node with a new address: not reached",
			bound: resolve + hold.obsolete + markedUp,
			because: "proxy.resolve, hold.obsolete, and check.rise checks, once DNS has the address",
		},
		{
			event: "The same while the cluster DNS serves the old address from its cache",
			bound: cluster.dns.positiveTtl + resolve + hold.obsolete + markedUp,
			because: "cluster.dns.positiveTtl on top",
		},
		{
			event: "Data node without a DNS record: still tried",
			bound: hold.nx + resolve,
			because: "hold.nx",
		},
		{ event: "Cluster DNS away: no effect on routing", bound: hold.failure, because: "hold.failure" },
		{ event: "Idle connection through the proxy: closed", bound: idleTimeout, because: "proxy.idleTimeout" },
	];
}
