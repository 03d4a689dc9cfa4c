#!/bin/sh
# Runs before a node's containers are stopped. A master is replaced first, so that a drain costs a planned failover
# and not the detection time of a crash. The Sentinel runs the same script, because it must outlive the hand-over.
#
# Environment: REDIS_USER and REDISCLI_AUTH (its login), REDIS_PORT, SENTINEL_PORT, MASTER_NAME, PATIENCE (seconds until the hand-over is given up).
set -eu

# Lines of INFO replication, such as role:master and connected_slaves:2.
replication() {
	timeout 2 redis-cli ${REDIS_USER:+--user "$REDIS_USER"} -p "$REDIS_PORT" --raw INFO replication 2>/dev/null | tr -d '\r'
}

# Asks for a failover. Writes are held back until clients are led to the new master: what this one still acknowledged
# would be lost. Demotion comes after ten seconds and would wait for the pause.
ask() {
	timeout 2 redis-cli ${REDIS_USER:+--user "$REDIS_USER"} -p "$REDIS_PORT" CLIENT PAUSE 5000 WRITE || true
	# Every container asks; the others are refused as long as the first is being served.
	case "$(timeout 2 redis-cli ${REDIS_USER:+--user "$REDIS_USER"} -p "$SENTINEL_PORT" SENTINEL failover "$MASTER_NAME" 2>&1)" in
	OK* | *INPROG*) ;;
	*)
		# No Sentinel that can, or none that knows a replica yet: it hears of one within ten seconds.
		timeout 2 redis-cli ${REDIS_USER:+--user "$REDIS_USER"} -p "$REDIS_PORT" CLIENT UNPAUSE || true
		return 1
		;;
	esac
}

waited=0
alone=0
asked=""
while [ "$waited" -lt "$PATIENCE" ]; do
	state=$(replication) || true
	case "$state" in *role:master*) ;; *) break ;; esac
	case "$state" in
	# Nobody follows: the promoted replica has left, with the others behind it, or all nodes are being stopped.
	*connected_slaves:0*) alone=$((alone + 1)) ;;
	*) alone=0 ;;
	esac
	[ "$alone" -lt 3 ] || break
	[ -n "$asked" ] || ! ask || asked=yes
	sleep 1
	waited=$((waited + 1))
done
