# shellcheck shell=sh
# Sourced by the scripts that decide. Environment: POD_NAME, NODE_DOMAIN, NODES, REDIS_PORT, SENTINEL_PORT,
# REDIS_USER and REDISCLI_AUTH (the login of the set's own programs), MASTER_NAME, DATA_DIR, MAJORITY and COMPLETE (see decide.awk).

self="$POD_NAME.$NODE_DOMAIN"
scripts=${0%/*}

# Prints what HOST PORT answers to commands; nothing when it does not.
ask() {
	asked="$1 $2"
	shift 2
	printf '%s\n' "$@" | timeout 2 redis-cli ${REDIS_USER:+--user "$REDIS_USER"} -h "${asked% *}" -p "${asked#* }" --raw 2>/dev/null || true
}

# Prints a line about every node, in any order, each within a few seconds:
#
#   HOST SENTINEL EPOCH MASTER REDIS GENERATION OFFSET
#
# SENTINEL is `member` with the newest master that this Sentinel has heard of, and that master's configuration epoch;
# or `none`. This node's own Sentinel is represented by its file, which it writes before it answers.
# REDIS is `data` with the generation of the data and how far they go in it (a replication offset), `master` for the same
# in that role, `empty`, `silent` for no answer or no data yet, or `lost` when it is silent and an operator has given it up.
evidence() {
	for node in $NODES; do
		echo "$node $(sentinel_of "$node") $(redis_of "$node")" &
	done
	wait
}

sentinel_of() {
	if [ "$1" = "$self" ]; then
		cat "$DATA_DIR/sentinel.conf" 2>/dev/null || true
	else
		# The epoch is asked for first: a failover in between makes the answer older than it is, never newer.
		ask "$1" "$SENTINEL_PORT" "SENTINEL master $MASTER_NAME" "SENTINEL get-master-addr-by-name $MASTER_NAME"
	fi | awk -v name="$MASTER_NAME" -v nodes=" $NODES " '
		{ sub(/\r$/, "") }
		$1 == "sentinel" && $2 == "config-epoch" && $3 == name { epoch = $4 }
		$1 == "sentinel" && $2 == "monitor" && $3 == name { master = $4 }
		previous == "config-epoch" { epoch = $1 }
		$1 ~ /^[0-9]+$/ && index(nodes, " " previous " ") { master = previous }
		{ previous = $1 }
		END {
			if (master != "" && index(nodes, " " master " ")) print "member", epoch + 0, master
			else print "none - -"
		}'
}

# Whether a Sentinel that answers may be about to replace this node, which it has named so far: it has begun to, or has not
# heard of this node's server in the last three seconds.
about_to_be_replaced() {
	for node in $NODES; do
		ask "$node" "$SENTINEL_PORT" "SENTINEL master $MASTER_NAME" | awk '
			{ sub(/\r$/, "") }
			previous == "flags" && /failover_in_progress/ { print "begun" }
			previous == "last-ok-ping-reply" && $1 > 3000 { print "not heard of" }
			{ previous = $1 }' &
	done | grep -q .
}

redis_of() {
	host=$1
	[ "$host" != "$self" ] || host=127.0.0.1
	if grep -qsx "$1" "$DATA_DIR/given-up"; then silence=lost; else silence=silent; fi
	ask "$host" "$REDIS_PORT" "CONFIG GET proc-title-template" INFO | awk -v silence="$silence" '
		{ sub(/\r$/, "") }
		match($0, / generation=[0-9]+/) { generation = substr($0, RSTART + 12, RLENGTH - 12) }
		# Of its last life, as long as its role in this one is not recorded.
		match($0, / offset=[0-9]+/) { remembered = substr($0, RSTART + 8, RLENGTH - 8) }
		/^master_repl_offset:/ { offset = substr($0, index($0, ":") + 1) }
		/^loading:0$/ { loaded = 1 }
		/^role:master$/ { master = 1 }
		/^db[0-9]+:/ { keys = 1 }
		END {
			if (!loaded) print silence, "- -"
			else if (generation == "" && !keys) print "empty - -"
			else {
				# One that has followed in this life has the newest of its generation: its master had it.
				if (remembered != "" && offset > 0) remembered = "999999999999999"
				print (master ? "master" : "data"), generation + 0, (remembered == "" ? offset : remembered)
			}
		}'
}

# Prints the answer to a question of decide.awk.
decide() {
	evidence | awk -v question="$1" -v self="$self" -v nodes="$NODES" -v majority="$MAJORITY" -v complete="$COMPLETE" \
		-f "$scripts/decide.awk"
}

# Says what is waited for, once for each reason; a file tells the probes that waiting is work, too.
wait_for() {
	: >"$DATA_DIR/$1.alive"
	[ "$2" = "${said-}" ] || echo "$self: waits: $2"
	said=$2
}

# Before a program starts: what the clock says that it lives by, for keep-role.sh. It never hides that the clock was later.
begin() {
	begun=$(date +%s)
	[ "$(cat "$DATA_DIR/clock" 2>/dev/null || echo 0)" -ge "$begun" ] 2>/dev/null || echo "$begun" >"$DATA_DIR/clock"
}
