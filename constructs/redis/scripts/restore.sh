#!/bin/sh
# Brings the keys of a backup back while the set is running: as writes to the master, so that every replica and every
# append-only file has them. It can be run again.
#
# Environment: REDIS_HOST, REDIS_PORT, REDIS_USER and REDISCLI_AUTH (its login), BACKUP_DIR, FILE (name of a backup there; the newest when empty), EXISTING
# (`keep` or `replace`: what becomes of keys that exist). Nothing is written before the whole backup has been read.
set -eu

scripts=${0%/*}
work=$(mktemp -d)
socket=$work/redis.sock
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 143' INT TERM

case "$EXISTING" in keep | replace) ;; *)
	echo "EXISTING=$EXISTING: expected keep or replace" >&2
	exit 2
	;;
esac
there=$(cd "$BACKUP_DIR" && find . -maxdepth 1 -type f -name 'redis-*.rdb' | sed 's|^\./||' | sort)
FILE=${FILE:-$(echo "$there" | tail -n 1)}
if [ -z "$FILE" ] || ! echo "$there" | grep -qxF -- "$FILE"; then
	echo "FILE=$FILE: expected one of:" >&2
	echo "$there" >&2
	exit 2
fi

# It knows no users.
scratch() {
	env -u REDISCLI_AUTH redis-cli -s "$socket" "$@"
}

# A server of its own reads the backup; one that is cut off ends it. The last of its databases is for bookkeeping.
redis-server --port 0 --unixsocket "$socket" --dir "$BACKUP_DIR" --dbfilename "$FILE" --databases 17 --save "" \
	--appendonly no --activerehashing no >"$work/log" 2>&1 &
server=$!
until [ "$(scratch PING 2>/dev/null)" = PONG ]; do
	kill -0 "$server" 2>/dev/null || {
		cat "$work/log" >&2
		echo "$FILE cannot be read: nothing was changed" >&2
		exit 1
	}
	sleep 0.2
done
scratch INFO keyspace | tr -d '\r' | sed -n 's/^db\([0-9]*\):keys=\([0-9]*\),.*/\1 \2/p' >"$work/databases"
keys=$(awk '{ sum += $2 } END { print sum + 0 }' "$work/databases")
echo "$FILE: $keys keys"

while read -r database _; do
	printf 'SELECT %s\r\n' "$database"
	cursor=
	while [ "$cursor" != 0 ]; do
		scratch --raw --eval "$scripts/restore.lua" , "$database" "$EXISTING"
		cursor=$(scratch -n 16 GET cursor)
	done
done <"$work/databases" | redis-cli ${REDIS_USER:+--user "$REDIS_USER"} -h "$REDIS_HOST" -p "$REDIS_PORT" --pipe --pipe-timeout 60 >"$work/result" 2>&1 || {
	tail -n 5 "$work/result" >&2
	echo "not every key was restored: repeat it once the master takes writes" >&2
	exit 1
}
cat "$work/result"
# One reply for every key and for the choice of every database: fewer would mean that the backup was not read to its end.
replies=$(sed -n 's/.*errors: 0, replies: \([0-9]*\).*/\1/p' "$work/result")
if [ "${replies:-0}" -lt $((keys + $(wc -l <"$work/databases"))) ]; then
	echo "${replies:-0} replies for $keys keys: not every key was restored, repeat it" >&2
	exit 1
fi
