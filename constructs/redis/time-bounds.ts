import { type Duration, milliseconds, seconds, sum, times } from "../../config/schema/duration.ts";
import type { Site } from "../../config/schema/site.ts";

/** Upper bound of a time, with its reason. */
export interface TimeBound {
	readonly event: string;
	readonly bound: Duration;
	/** Settings that it follows from. */
	readonly because: string;
}

/** Time in which Sentinels elect one of them, which promotes a replica. */
const election = seconds(1);

/** Time in which replicas connect again to a master that has started, and take its data over. */
const takenOver = seconds(4);

/** Time in which a replica follows a new master. */
const followed = milliseconds(1500);

/**
 * Longest time for which a master goes on acknowledging writes that none of its replicas gets any more. It counts the age of
 * a replica's last word in whole seconds, which adds one, and looks once a second, which adds another
 * (`refreshGoodSlavesCount` and `replicationCron` of Redis).
 */
export function unheldWrites({ writeSafety }: Site["redis"]): Duration {
	return sum(writeSafety.maxLag, seconds(2));
}

/** Time bounds that follow from the settings of a site. The end-to-end tests measure them. */
export function redisTimeBounds({ redis, cluster }: Site): readonly TimeBound[] {
	const { check, resolve, hold, idleTimeout } = redis.proxy;
	const markedUp = times(check.rise + 1, check.interval);
	return [
		{
			event: "Planned failover: not reached",
			bound: check.interval,
			because: "the votes for the old master fall as those for the new one rise",
		},
		{
			event: "Drain of the master's node: no writes",
			bound: sum(markedUp, followed),
			because:
				"check.rise checks, and a replica of the new master (writeSafety): nothing acknowledged is lost",
		},
		{
			event: "Crash of the master or of its node: no writes",
			bound: sum(redis.downAfter, election, markedUp),
			because: "downAfter, an election, and check.rise checks",
		},
		{
			event: "Master that starts again before another is elected: no writes",
			bound: sum(takenOver, markedUp),
			because: "replicas connect within a second and take its data over, and check.rise checks",
		},
		{
			event: "Master that no replica hears any more: acknowledges writes that are lost if another is elected",
			bound: unheldWrites(redis),
			because: "writeSafety.maxLag in whole seconds, looked at once a second",
		},
		{
			event: "Data node with a new address: not reached",
			bound: sum(resolve, hold.obsolete, markedUp),
			because: "proxy.resolve, hold.obsolete, and check.rise checks, once DNS has the address",
		},
		{
			event: "The same while the cluster DNS serves the old address from its cache",
			bound: sum(cluster.dns.positiveTtl, resolve, hold.obsolete, markedUp),
			because: "cluster.dns.positiveTtl on top",
		},
		{
			event: "Data node without a DNS record: still tried",
			bound: sum(hold.nx, resolve),
			because: "hold.nx",
		},
		{ event: "Cluster DNS away: no effect on routing", bound: hold.failure, because: "hold.failure" },
		{ event: "Idle connection through the proxy: closed", bound: idleTimeout, because: "proxy.idleTimeout" },
	];
}
