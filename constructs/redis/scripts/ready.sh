#!/bin/sh
# Succeeds while the node is a master, or a replica that is connected to one.
#
# Environment: REDIS_USER and REDISCLI_AUTH (its login), REDIS_PORT.
set -eu
timeout 2 redis-cli ${REDIS_USER:+--user "$REDIS_USER"} -p "$REDIS_PORT" --raw INFO replication | tr -d '\r' |
	grep -qE '^(role:master|master_link_status:up)$'
