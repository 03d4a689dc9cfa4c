#!/bin/sh
# Starts the Sentinel beside one Redis server.
#
# Environment: POD_NAME, NODE_DOMAIN, NODES, REDIS_PORT, SENTINEL_PORT, MASTER_NAME, QUORUM, CONFIG_DIR (sentinel.conf),
# DATA_DIR (the node's volume).
set -eu
# shellcheck source=current-master.sh
. "${0%/*}/current-master.sh"

conf="$DATA_DIR/sentinel.conf"
kept=""
master=$(current_master)
if [ -e "$conf" ]; then
	# Identity, epochs and peers survive a restart; everything else comes from the configuration of today.
	kept=$(grep -E '^sentinel (myid|current-epoch|config-epoch|leader-epoch|known-sentinel) ' "$conf" || true)
	master=${master:-$(sed -n "s/^sentinel monitor $MASTER_NAME \([^ ]*\) .*/\1/p" "$conf")}
fi
master=${master:-${NODES%% *}}

{
	echo "port $SENTINEL_PORT"
	echo "dir $DATA_DIR"
	echo "sentinel resolve-hostnames yes"
	echo "sentinel announce-hostnames yes"
	echo "sentinel announce-ip $POD_NAME.$NODE_DOMAIN"
	echo "sentinel announce-port $SENTINEL_PORT"
	echo "sentinel monitor $MASTER_NAME $master $REDIS_PORT $QUORUM"
	cat "$CONFIG_DIR/sentinel.conf"
	echo "$kept"
	# A Sentinel learns of replicas from the master. One that starts while the master is down could be elected to
	# replace it, find no candidate, and keep the others waiting for twice the failover timeout.
	for node in $NODES; do
		[ "$node" = "$master" ] || echo "sentinel known-replica $MASTER_NAME $node $REDIS_PORT"
	done
} >"$conf.new"
mv "$conf.new" "$conf"
exec redis-server "$conf" --sentinel
