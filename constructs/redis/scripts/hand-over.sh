#!/bin/sh
# Runs before a node's containers are stopped. A master is replaced first, so that a drain costs a planned failover
# and not the detection time of a crash. The Sentinel runs the same script, because it must outlive the hand-over.
#
# Environment: REDIS_USER and REDISCLI_AUTH (its login), POD_NAME, NODE_DOMAIN, REDIS_PORT, SENTINEL_PORT, MASTER_NAME,
# MIN_REPLICAS (without which a master takes no writes), UNREACHABLE_REPLICAS (more than it can have), PATIENCE (seconds until
# the hand-over is given up).
set -eu

redis() {
	timeout 2 redis-cli ${REDIS_USER:+--user "$REDIS_USER"} -p "$REDIS_PORT" --raw "$@" 2>/dev/null | tr -d '\r'
}

sentinel() {
	timeout 2 redis-cli ${REDIS_USER:+--user "$REDIS_USER"} -p "$SENTINEL_PORT" --raw SENTINEL "$@" 2>&1 || true
}

# What this node still acknowledged would be lost. For five seconds clients wait: mostly they are led to the new master
# within them. After that they are refused, by a number of replicas that there is not, until this node is demoted, which the
# Sentinels do ten seconds later and would have to wait for with a longer pause.
hold_writes() {
	held=yes
	redis CLIENT PAUSE 5000 WRITE >/dev/null || true
	redis CONFIG SET min-replicas-to-write "$UNREACHABLE_REPLICAS" >/dev/null || true
}

let_writes_go() {
	[ -n "$held" ] || return 0
	redis CONFIG SET min-replicas-to-write "$MIN_REPLICAS" >/dev/null || true
	redis CLIENT UNPAUSE >/dev/null || true
}

# Asks for a failover as long as the Sentinel names this node; another one would replace the new master. A failover that
# was begun may come to nothing. Every container asks, and the others are refused as long as the first is being served.
ask() {
	[ "$(sentinel get-master-addr-by-name "$MASTER_NAME" | head -n 1)" = "$POD_NAME.$NODE_DOMAIN" ] || return 0
	hold_writes
	case "$(sentinel failover "$MASTER_NAME")" in
	OK* | *INPROG* | '') ;;
	# No Sentinel that can, or none that knows a replica yet: it hears of one within ten seconds.
	*) let_writes_go ;;
	esac
}

held=""
trap let_writes_go EXIT
trap 'exit 143' HUP INT TERM
waited=0
alone=0
while [ "$waited" -lt "$PATIENCE" ]; do
	state=$(redis INFO replication) || true
	case "$state" in *role:master*) ;; *) exit 0 ;; esac
	case "$state" in
	# Nobody follows: the promoted replica has left, with the others behind it, or all nodes are being stopped.
	*connected_slaves:0*) alone=$((alone + 1)) ;;
	*) alone=0 ;;
	esac
	[ "$alone" -lt 3 ] || exit 0
	ask
	sleep 1
	waited=$((waited + 1))
done
