#!/bin/sh
# Streams a fresh RDB file from the master, and restores it on trial: only a file that a server has loaded to its end, and
# whose checksum holds, gets its name.
#
# Environment: REDIS_HOST, REDIS_PORT, REDIS_USER and REDISCLI_AUTH (its login), BACKUP_DIR, COPY_NAME (of a file in BACKUP_DIR, as a format of date). Prints the
# path of the file as its last line.
set -eu

file=
work=$(mktemp -d)
socket=$work/redis.sock
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf ${file:+"$file.part"} "$work"' EXIT
trap 'exit 143' INT TERM
# A run that was killed could not tidy up.
find "$BACKUP_DIR" -maxdepth 1 -name 'redis-*.rdb.part' -mtime +0 -exec rm -f {} +
file=$("${0%/*}/free-name.sh")
redis-cli ${REDIS_USER:+--user "$REDIS_USER"} -h "$REDIS_HOST" -p "$REDIS_PORT" --rdb "$file.part" >&2

# It knows no users, and keeps nothing.
redis-server --port 0 --unixsocket "$socket" --dir "$BACKUP_DIR" --dbfilename "${file##*/}.part" --save "" \
	--appendonly no >"$work/log" 2>&1 &
server=$!
until answer=$(env -u REDISCLI_AUTH redis-cli -s "$socket" PING 2>/dev/null) && [ "$answer" = PONG ]; do
	kill -0 "$server" 2>/dev/null || {
		cat "$work/log" >&2
		echo "$file.part cannot be restored" >&2
		exit 1
	}
	sleep 0.2
done
env -u REDISCLI_AUTH redis-cli -s "$socket" INFO keyspace >&2
kill "$server"
wait "$server" || true
server=
mv "$file.part" "$file"
echo "$file"
