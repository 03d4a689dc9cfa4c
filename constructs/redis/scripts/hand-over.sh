#!/bin/sh
# Runs before a node's containers are stopped. A master is replaced first, so that a drain costs a planned failover
# and not the detection time of a crash. The Sentinel runs the same script, because it must outlive the hand-over.
#
# Environment: REDIS_PORT, SENTINEL_PORT, MASTER_NAME, PATIENCE (seconds until the hand-over is given up).
set -eu

role() {
	timeout 2 redis-cli -p "$REDIS_PORT" --raw INFO replication 2>/dev/null | tr -d '\r' | sed -n 's/^role://p'
}

if [ "$(role)" = master ]; then
	# Held back until clients are led to the new master: what this one still acknowledged would be lost. Demotion comes
	# after ten seconds and would wait for the pause.
	timeout 2 redis-cli -p "$REDIS_PORT" CLIENT PAUSE 5000 WRITE || true
	# Both containers ask; the second request is refused as long as the first is being served.
	timeout 2 redis-cli -p "$SENTINEL_PORT" SENTINEL failover "$MASTER_NAME" || true
fi
waited=0
while [ "$(role)" = master ] && [ "$waited" -lt "$PATIENCE" ]; do
	sleep 1
	waited=$((waited + 1))
done
