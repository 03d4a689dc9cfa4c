#!/bin/sh
# Streams a fresh RDB file from the master.
#
# Environment: REDIS_HOST, REDIS_PORT, REDIS_USER and REDISCLI_AUTH (its login), BACKUP_DIR, COPY_NAME (of a file in BACKUP_DIR, as a format of date). Prints the
# path of the file as its last line.
set -eu

file="$BACKUP_DIR/$(date "+$COPY_NAME")"
trap 'rm -f "$file.part"' EXIT
trap 'exit 143' INT TERM
# A run that was killed could not tidy up.
find "$BACKUP_DIR" -maxdepth 1 -name 'redis-*.rdb.part' -mtime +0 -exec rm -f {} +
redis-cli ${REDIS_USER:+--user "$REDIS_USER"} -h "$REDIS_HOST" -p "$REDIS_PORT" --rdb "$file.part" >&2
[ "$(head -c 5 "$file.part")" = REDIS ] || {
	echo "$file.part does not begin like an RDB file" >&2
	exit 1
}
mv "$file.part" "$file"
echo "$file"
