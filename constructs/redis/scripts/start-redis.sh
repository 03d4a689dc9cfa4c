#!/bin/sh
# Starts the Redis server of one node without a role: it follows nobody, and no Sentinel may elect it. What it is to
# be is decided beside it, see keep-role.sh.
#
# Environment: POD_NAME, NODE_DOMAIN, REDIS_PORT, CONFIG_DIR (redis.conf), DATA_DIR (the node's volume).
set -eu

self="$POD_NAME.$NODE_DOMAIN"
conf="$DATA_DIR/redis.conf"

# A generation without its data is none; data without one are older than any.
generation=none
if [ -d "$DATA_DIR/appendonlydir" ]; then
	generation=$(sed -n 's/^proc-title-template .* generation=\([a-z0-9]*\).*/\1/p' "$conf" 2>/dev/null || true)
	generation=${generation:-0}
fi

{
	echo "include $CONFIG_DIR/redis.conf"
	echo "dir $DATA_DIR"
	echo "replica-announce-ip $self"
	echo "replica-announce-port $REDIS_PORT"
	echo "replica-priority 0"
	# Nobody listens there.
	echo "replicaof 127.0.0.1 1"
	echo "proc-title-template \"{title} {listen-addr} {server-mode} generation=$generation as=replica\""
} >"$conf.new"
mv "$conf.new" "$conf"
echo "$self: data of generation $generation"
exec redis-server "$conf"
