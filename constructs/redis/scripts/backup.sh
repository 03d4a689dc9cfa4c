#!/bin/sh
# Streams a fresh RDB file from the master and deletes the old ones.
#
# Environment: REDIS_HOST, REDIS_PORT, BACKUP_DIR, RETENTION_DAYS. Prints the path of the file as its last line.
set -eu

file="$BACKUP_DIR/redis-$(date +%Y%m%d-%H%M%S).rdb"
trap 'rm -f "$file.part"' EXIT
trap 'exit 143' INT TERM
# A run that was killed could not tidy up.
find "$BACKUP_DIR" -maxdepth 1 -name 'redis-*.rdb.part' -mtime +0 -exec rm -f {} +
redis-cli -h "$REDIS_HOST" -p "$REDIS_PORT" --rdb "$file.part" >&2
[ "$(head -c 5 "$file.part")" = REDIS ] || {
	echo "$file.part does not begin like an RDB file" >&2
	exit 1
}
mv "$file.part" "$file"
find "$BACKUP_DIR" -maxdepth 1 -name 'redis-*.rdb' -mtime +"$((RETENTION_DAYS - 1))" -exec rm -f {} +
echo "$file"
