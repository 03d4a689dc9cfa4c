#!/bin/sh
# Starts the Redis server of one node in the role that the replica set expects of it.
#
# Environment: POD_NAME, NODE_DOMAIN, NODES (hosts, first one founds the set), REDIS_PORT, SENTINEL_PORT, MASTER_NAME,
# CONFIG_DIR (redis.conf), DATA_DIR (the node's volume), PATIENCE (seconds until a failover must have happened).
set -eu
# shellcheck source=current-master.sh
. "${0%/*}/current-master.sh"

self="$POD_NAME.$NODE_DOMAIN"
conf="$DATA_DIR/redis.conf"

# Whether some other node holds keys.
others_have_data() {
	for node in $NODES; do
		[ "$node" = "$self" ] && continue
		keys=$(timeout 2 redis-cli -h "$node" -p "$REDIS_PORT" --raw DBSIZE 2>/dev/null || true)
		case "$keys" in '' | 0 | *[!0-9]*) ;; *) return 0 ;; esac
	done
	return 1
}

master=$(current_master)
if [ -z "$master" ] && [ -e "$conf" ]; then
	# The whole set is starting: Sentinel had this file rewritten at the last change of roles.
	master=$(sed -n 's/^replicaof \([^ ]*\) .*/\1/p' "$conf")
	master=${master:-$self}
fi
master=${master:-${NODES%% *}}

# An empty master would empty its replicas. Wait until the Sentinels have elected one of those that hold data.
waited=0
while [ "$master" = "$self" ] && [ ! -e "$DATA_DIR/appendonlydir" ] && others_have_data; do
	if [ "$waited" -ge "$PATIENCE" ]; then
		echo "$self: the Sentinels name this node as master, but its volume is empty and others hold data" >&2
		exit 1
	fi
	sleep 1
	waited=$((waited + 1))
	master=$(current_master)
	master=${master:-$self}
done

{
	echo "include $CONFIG_DIR/redis.conf"
	echo "dir $DATA_DIR"
	echo "replica-announce-ip $self"
	echo "replica-announce-port $REDIS_PORT"
	[ "$master" = "$self" ] || echo "replicaof $master $REDIS_PORT"
} >"$conf.new"
mv "$conf.new" "$conf"
echo "$self: master is $master"
exec redis-server "$conf"
