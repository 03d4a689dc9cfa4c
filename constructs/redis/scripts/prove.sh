#!/bin/sh
# Restores a backup to a server of its own, by the program that operators restore with, and compares the keys of both: name,
# database, value, and whether they expire.
#
# Environment: COPY (path of the backup), WORK_DIR, PROOF_PORT (of loopback). Prints the number of keys as its last line.
set -eu

scripts=${0%/*}
servers=
# shellcheck disable=SC2086 # numbers of processes
trap '[ -z "$servers" ] || kill $servers 2>/dev/null || true' EXIT
trap 'exit 143' INT TERM

# serve NAME OPTION...: a server that knows no users and keeps nothing, with a socket WORK_DIR/NAME.sock.
serve() {
	name=$1
	shift
	redis-server --unixsocket "$WORK_DIR/$name.sock" --save "" --appendonly no --enable-debug-command local \
		--active-expire-effort 10 "$@" >"$WORK_DIR/$name.log" 2>&1 &
	servers="$servers $!"
	until [ "$(ask "$name" PING 2>/dev/null)" = PONG ]; do
		kill -0 $! 2>/dev/null || {
			tail -n 5 "$WORK_DIR/$name.log" >&2
			echo "$COPY cannot be restored" >&2
			exit 1
		}
		sleep 0.2
	done
}

ask() {
	socket=$WORK_DIR/$1.sock
	shift
	env -u REDISCLI_AUTH redis-cli -s "$socket" "$@"
}

serve restored --port "$PROOF_PORT" --bind 127.0.0.1 --dir "$WORK_DIR"
env -u REDISCLI_AUTH -u REDIS_USER REDIS_HOST=127.0.0.1 REDIS_PORT="$PROOF_PORT" BACKUP_DIR="${COPY%/*}" FILE="${COPY##*/}" \
	EXISTING=keep "$scripts/restore.sh" >&2
serve backup --port 0 --dir "${COPY%/*}" --dbfilename "${COPY##*/}"

# Keys expire meanwhile, not in both at the same moment.
for look in 1 2 3 4 5 6 7 8 9 10; do
	digest=$(ask backup DEBUG DIGEST)
	if [ "$digest" = "$(ask restored DEBUG DIGEST)" ]; then
		ask backup INFO keyspace | sed -n 's/^db[0-9]*:keys=\([0-9]*\),.*/\1/p' | awk '{ sum += $1 } END { print sum + 0 " keys" }'
		exit 0
	fi
	[ "$look" -eq 10 ] || sleep 1
done
echo "what was restored from $COPY differs from it" >&2
exit 1
