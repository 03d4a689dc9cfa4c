#!/bin/sh
# Succeeds while the node is a master, or a replica that is connected to one.
#
# Environment: REDIS_PORT.
set -eu
timeout 2 redis-cli -p "$REDIS_PORT" --raw INFO replication | tr -d '\r' |
	grep -qE '^(role:master|master_link_status:up)$'
