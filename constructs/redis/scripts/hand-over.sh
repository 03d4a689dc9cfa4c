#!/bin/sh
# Runs before a node's containers are stopped. A master is replaced first, so that a drain costs a planned failover
# and not the detection time of a crash. The Sentinel runs the same script, because it must outlive the hand-over.
#
# Environment: REDIS_PORT, SENTINEL_PORT, MASTER_NAME, PATIENCE (seconds until the hand-over is given up).
set -eu

role() {
	timeout 2 redis-cli -p "$REDIS_PORT" --raw INFO replication 2>/dev/null | tr -d '\r' | sed -n 's/^role://p'
}

# Asks for a failover. Writes are held back until clients are led to the new master: what this one still acknowledged
# would be lost. Demotion comes after ten seconds and would wait for the pause.
ask() {
	timeout 2 redis-cli -p "$REDIS_PORT" CLIENT PAUSE 5000 WRITE || true
	# Every container asks; the others are refused as long as the first is being served.
	case "$(timeout 2 redis-cli -p "$SENTINEL_PORT" SENTINEL failover "$MASTER_NAME" 2>&1)" in
	*NOGOODSLAVE*)
		# A Sentinel hears within ten seconds that a replica may be elected.
		timeout 2 redis-cli -p "$REDIS_PORT" CLIENT UNPAUSE || true
		return 1
		;;
	esac
}

waited=0
asked=""
while [ "$(role)" = master ] && [ "$waited" -lt "$PATIENCE" ]; do
	[ -n "$asked" ] || ! ask || asked=yes
	sleep 1
	waited=$((waited + 1))
done
