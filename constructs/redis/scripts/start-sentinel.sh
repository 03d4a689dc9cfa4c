#!/bin/sh
# Starts the Sentinel beside one Redis server, with what it remembers, or else with what the others say.
#
# Environment: as for evidence.sh and users.sh, and QUORUM, CONFIG_DIR (sentinel.conf, sentinel-users).
set -eu
# Logins are in what is written.
umask 077
# shellcheck source=evidence.sh
. "${0%/*}/evidence.sh"
# shellcheck source=users.sh
. "${0%/*}/users.sh"

conf="$DATA_DIR/sentinel.conf"
kept=""
known=$(sentinel_of "$self")
if [ "${known%% *}" = member ]; then
	# A stale memory does no harm: the others' epochs correct it. Peers that left the set must not count as voters.
	kept=$(awk -v name="$MASTER_NAME" -v nodes=" $NODES " '
		$1 != "sentinel" { next }
		$2 == "myid" || $2 == "current-epoch" { print }
		$3 == name && ($2 == "config-epoch" || $2 == "leader-epoch") { print }
		$3 == name && $2 == "known-sentinel" && index(nodes, " " $4 " ") { print }' "$conf")
	master=${known##* }
else
	until set=$(decide set) && [ "${set%% *}" != wait ]; do
		wait_for sentinel "${set#wait }"
		sleep 1
	done
	rm -f "$DATA_DIR/sentinel.alive"
	master=${set%% *}
	kept="sentinel config-epoch $MASTER_NAME ${set##* }
sentinel current-epoch ${set##* }"
fi
echo "$self: watches $master"

{
	echo "port $SENTINEL_PORT"
	echo "dir $DATA_DIR"
	echo "sentinel resolve-hostnames yes"
	echo "sentinel announce-hostnames yes"
	echo "sentinel announce-ip $self"
	echo "sentinel announce-port $SENTINEL_PORT"
	echo "sentinel monitor $MASTER_NAME $master $REDIS_PORT $QUORUM"
	cat "$CONFIG_DIR/sentinel.conf"
	users "$CONFIG_DIR/sentinel-users"
	password=$(quoted "$REDISCLI_AUTH")
	echo "sentinel auth-user $MASTER_NAME $REDIS_USER"
	echo "sentinel auth-pass $MASTER_NAME $password"
	echo "sentinel sentinel-user $REDIS_USER"
	echo "sentinel sentinel-pass $password"
	echo "$kept"
	# A Sentinel learns of replicas from the master. One that starts while the master is down could be elected to
	# replace it, find no candidate, and keep the others waiting for twice the failover timeout.
	for node in $NODES; do
		[ "$node" = "$master" ] || echo "sentinel known-replica $MASTER_NAME $node $REDIS_PORT"
	done
} >"$conf.new"
mv "$conf.new" "$conf"
begin
exec redis-server "$conf" --sentinel
