#!/bin/sh
# alive.sh NAME [PORT]: succeeds while the server at PORT answers anything, an error included, or the script that
# waits for the others has said so within a minute. A server that hangs fails, one that loads does not.
#
# Environment: REDIS_USER and REDISCLI_AUTH (its login), DATA_DIR.
set -eu
[ -n "$(find "$DATA_DIR" -maxdepth 1 -name "$1.alive" -mmin -1 2>/dev/null)" ] ||
	[ -n "$(timeout 3 redis-cli ${REDIS_USER:+--user "$REDIS_USER"} -p "${2:?no server and no word of $1}" PING 2>/dev/null)" ]
