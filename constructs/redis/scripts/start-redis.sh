#!/bin/sh
# Starts the Redis server of one node without a role: it follows nobody, and no Sentinel may elect it. What it is to
# be is decided beside it, see keep-role.sh.
#
# Environment: as for evidence.sh and users.sh, and CONFIG_DIR (redis.conf, users), LOGIN_TO_MASTER (`yes` or `no`),
# MIN_REPLICAS (without which a master takes no writes), UNREACHABLE_REPLICAS (more than it can have).
set -eu
# Logins are in what is written.
umask 077
# shellcheck source=evidence.sh
. "${0%/*}/evidence.sh"
# shellcheck source=users.sh
. "${0%/*}/users.sh"

conf="$DATA_DIR/redis.conf"
files="$DATA_DIR/appendonlydir"

# Whether the last start ended before the data were loaded, and what there is to load is not whole. A server that was
# killed while it loaded, or whose last write was cut off, would be taken for damaged without the first condition.
is_damaged() {
	[ -e "$DATA_DIR/not-loaded" ] && [ -d "$files" ] &&
		! redis-check-aof "$files/appendonly.aof.manifest" >"$DATA_DIR/check.log" 2>&1
}

# A damaged file keeps the server from starting, for ever. Once another node is the master, this one would take over
# that one's data anyway: so it goes without its own, which stay beside them until the next damage.
if is_damaged; then
	echo "$self: does not load: $(grep -E '^0x|not valid|aborting|Cannot' "$DATA_DIR/check.log" | tr '\n' ' ')"
	decision=$(decide role)
	master=${decision#replica }
	found=silent
	case "$decision" in "replica "*) found=$(redis_of "$master") ;; esac
	if [ "${found%% *}" = master ]; then
		rm -rf "$files.damaged"
		mv "$files" "$files.damaged"
		echo "$self: takes its data from $master; the damaged ones are in $files.damaged"
	else
		echo "$self: no other node is a master to take the data from, see \"A damaged file\" in the runbook"
	fi
fi

# A generation without its data is none; data without one are older than any.
generation=none
if [ -d "$files" ]; then
	generation=$(sed -n 's/^proc-title-template .* generation=\([a-z0-9]*\).*/\1/p' "$conf" 2>/dev/null || true)
	generation=${generation:-0}
fi
# How far they went in it, by the last word of keep-role.sh: the server itself forgets its offset.
offset=$(awk -v generation="$generation" '$1 == generation && $2 ~ /^[0-9]+$/ { print " offset=" $2 }' "$DATA_DIR/offset" 2>/dev/null || true)

{
	echo "include $CONFIG_DIR/redis.conf"
	users "$CONFIG_DIR/users"
	if [ "$LOGIN_TO_MASTER" = yes ]; then
		echo "masteruser $REDIS_USER"
		echo "masterauth $(quoted "$REDISCLI_AUTH")"
	fi
	echo "dir $DATA_DIR"
	echo "replica-announce-ip $self"
	echo "replica-announce-port $REDIS_PORT"
	echo "replica-priority 0"
	# As a master it takes no writes before keep-role.sh says so.
	[ "$MIN_REPLICAS" = 0 ] || echo "min-replicas-to-write $UNREACHABLE_REPLICAS"
	# Nobody listens there.
	echo "replicaof 127.0.0.1 1"
	echo "proc-title-template \"{title} {listen-addr} {server-mode} generation=$generation as=replica$offset\""
} >"$conf.new"
mv "$conf.new" "$conf"
echo "$self: data of generation $generation$offset"
# Removed by keep-role.sh.
: >"$DATA_DIR/not-loaded"
begin
exec redis-server "$conf"
