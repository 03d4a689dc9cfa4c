#!/bin/sh
# Gives the Redis server beside it its role after every start, and keeps the generation of its data. Failovers are the
# Sentinels' business; this script tells them, by the priority of a replica, whom they may elect.
#
# The generation counts the changes of who has the newest data: a master raises it whenever the set of its connected
# replicas changes, and each connected replica takes it over. A replica that was away is therefore behind. It is kept
# in the title of the process, where other nodes can read it and redis.conf keeps it. How far the data go in their
# generation is written down each second: a replica that stood still in the last seconds has the generation as well.
#
# Environment: as for evidence.sh, and MAX_LAG (seconds after which a silent replica does not count as connected) and
# MIN_REPLICAS (without which a master takes no writes).
set -eu
# The kernel gives the first process of a container no signal that it does not ask for: the end of the pod would wait
# for all of its grace period.
trap 'exit 0' TERM
# shellcheck source=evidence.sh
. "${0%/*}/evidence.sh"

# Reads the state of the own server into variables, named as in INFO; `-` for what it does not tell. `connected`: its
# replicas by name.
look() {
	read -r loading role master_host master_link_status slave_priority rewriting master_repl_offset connected <<-STATE
		$(ask 127.0.0.1 "$REDIS_PORT" INFO | awk -F '[:\r]' -v most="$MAX_LAG" '
			{ value[$1] = $2 }
			/^slave[0-9]+:.*state=online/ {
				split($2, facts, /[=,]/)
				if (substr($2, index($2, "lag=") + 4) + 0 <= most) connected = connected " " facts[2]
			}
			function known(name) { return value[name] == "" ? "-" : value[name] }
			END {
				print known("loading"), known("role"), known("master_host"), known("master_link_status"), \
					known("slave_priority"), value["aof_rewrite_in_progress"] + value["aof_rewrite_scheduled"], \
					known("master_repl_offset"), connected
			}')
	STATE
}

# Runs a command on the own server.
own() {
	timeout 2 redis-cli ${REDIS_USER:+--user "$REDIS_USER"} -p "$REDIS_PORT" --raw "$@" 2>/dev/null
}

# title_of HOST: where generation and role of its data stand.
title_of() {
	ask "$1" "$REDIS_PORT" "CONFIG GET proc-title-template"
}

# Generation of the data of HOST; `none` before the first.
generation_of() {
	title_of "$1" | sed -n 's/.* generation=\([a-z0-9]*\).*/\1/p'
}

# note_offset GENERATION: how far the data go, for the next start. It is only ever too low.
note_offset() {
	echo "$1 $master_repl_offset" >"$DATA_DIR/offset.new" && mv "$DATA_DIR/offset.new" "$DATA_DIR/offset"
}

# record GENERATION ROLE
record() {
	own CONFIG SET proc-title-template "{title} {listen-addr} {server-mode} generation=$1 as=$2" >/dev/null
	own CONFIG REWRITE >/dev/null
	echo "$self: $2, data of generation $1"
}

raise() {
	generation=$(generation_of 127.0.0.1)
	case "$generation" in '' | *[!0-9]*) generation=0 ;; esac
	record $((generation + $1)) master
}

# A server that has just started follows nobody: it waits for its role. It gets one only after the Sentinel beside it
# knows the set: a node with data whose Sentinel remembers nothing would keep the other Sentinels waiting for it, and a
# set that is founded would stop half-way.
take_role() {
	known=$(sentinel_of "$self")
	if [ "${known%% *}" != member ]; then
		wait_for role "its own Sentinel does not know the set yet"
		return
	fi
	decision=$(decide role)
	case "$decision" in
	master)
		# A replica that is being promoted has stopped following; the other has not. What this node took meanwhile would be
		# on both of them and lost. A failover is over, or given up, within that time.
		if [ "$held_back" -lt 10 ] && about_to_be_replaced; then
			held_back=$((held_back + 1))
			wait_for role "the Sentinels name this node, and may be about to replace it"
			return
		fi
		held_back=0
		own REPLICAOF NO ONE >/dev/null
		raise 1
		;;
	replica\ *) own REPLICAOF "${decision#replica }" "$REDIS_PORT" >/dev/null ;;
	hand-over)
		wait_for role "the Sentinels name this node, but others have newer data: it asks for a failover"
		ask 127.0.0.1 "$SENTINEL_PORT" "SENTINEL failover $MASTER_NAME" >/dev/null
		return
		;;
	wait\ *) wait_for role "${decision#wait }" && return ;;
	esac
	said=""
	echo "$self: $decision"
}

# be_electable PRIORITY: tells the Sentinels, which ask each second once they know that nobody leads this node.
be_electable() {
	[ "$slave_priority" = "$1" ] && return
	own CONFIG SET replica-priority "$1" >/dev/null
	own CONFIG REWRITE >/dev/null
}

# take_writes: from now on, as a master, while so many replicas are connected; start-redis.sh takes that back.
take_writes() {
	case "$(own CONFIG GET min-replicas-to-write)" in *[!0-9]"$MIN_REPLICAS") return ;; esac
	own CONFIG SET min-replicas-to-write "$MIN_REPLICAS" >/dev/null
}

# Takes the generation over once the data that came with it are on the disk.
follow() {
	be_electable 100
	unfit=0
	# Whom an operator gave up has been done without; from now on its silence is silence again.
	rm -f "$DATA_DIR/given-up"
	[ "$rewriting" = 0 ] || return 0
	theirs=$(generation_of "$master_host")
	case "$theirs" in '' | *[!0-9]*) return 0 ;; esac
	case "$(title_of 127.0.0.1)" in
	*" generation=$theirs as=replica") ;;
	*) record "$theirs" replica ;;
	esac
	settled=yes
	take_writes
	note_offset "$theirs"
}

# A replica that nobody leads. After its start it may be elected only if it is known to have the newest data. One that
# has followed may be elected until it is known, at two looks, that it was left behind.
seek_election() {
	if [ "$slave_priority" != 0 ]; then
		decision=$(decide fit)
		case "$decision" in
		unfit\ *) unfit=$((unfit + 1)) ;;
		*) unfit=0 ;;
		esac
		[ "$unfit" -ge 2 ] || return 0
		be_electable 0
		echo "$self: may not be elected: ${decision#unfit }"
		return
	fi
	decision=$(decide candidate)
	case "$decision" in
	candidate)
		be_electable 100
		echo "$self: may be elected: it has the newest data of those that answered"
		;;
	*) wait_for role "${decision#wait }" ;;
	esac
}

# A master cut off from its replicas may raise its generation once for each that leaves it; a new one goes further.
lead() {
	if [ "$led" = no ] && ! own CONFIG GET proc-title-template | grep -q 'as=master'; then
		# shellcheck disable=SC2086
		set -- $NODES
		raise $#
	fi
	led=yes
	if [ "$connected" != "$followers" ] && [ -n "$connected" ]; then
		raise 1
		rm -f "$DATA_DIR/given-up"
	fi
	followers=$connected
	generation=$(generation_of 127.0.0.1)
	note_offset "$generation"
	[ "$open" = no ] || return 0
	reason=$(unsafe)
	if [ -n "$reason" ]; then
		wait_for role "takes no writes: $reason"
		return
	fi
	take_writes
	open=yes
	said=""
	echo "$self: takes writes"
}

# Prints why a write would not be safe from the Sentinels' choice yet. They elect the replica that is furthest, and one of the
# history before the start of this master looks further than all of this one.
unsafe() {
	holders=0
	for node in $NODES; do
		case " $self $connected " in
		*" $node "*)
			case "$(title_of "$node")" in *" generation=$generation as=replica") holders=$((holders + 1)) ;; esac
			;;
		*)
			if ask "$node" "$REDIS_PORT" "INFO replication" | grep -q '^slave_priority:[1-9]'; then
				echo "$node does not follow, and may be elected"
			fi
			;;
		esac
	done
	[ "$holders" -ge "$MIN_REPLICAS" ] || echo "$holders of $MIN_REPLICAS replicas have its generation"
}

# Server and Sentinel compare times of the clock, and take one that was set back for one that stands still. Until the
# time that they remember has come again, the server brings nothing to the disk (`everysec`), and the Sentinel neither
# connects again to whom it has lost nor replaces a master. A rewritten file ends the one wait, a new start the other.
mind_clock() {
	now=$(date +%s)
	before=$(cat "$DATA_DIR/clock" 2>/dev/null) || true
	case "$before" in '' | *[!0-9]*) before=0 ;; esac
	{ echo "$now" >"$DATA_DIR/clock"; } 2>/dev/null || true
	[ $((before - now)) -gt 2 ] || return 0
	echo "$self: the clock was set back by $((before - now)) s: starts the Sentinel anew and rewrites the append-only file"
	own BGREWRITEAOF >/dev/null || true
	ask 127.0.0.1 "$SENTINEL_PORT" SHUTDOWN >/dev/null
}

held_back=0
unfit=0
led=no
open=no
followers=unknown
while :; do
	: >"$DATA_DIR/role.alive"
	mind_clock
	look
	[ "$loading" != 0 ] || rm -f "$DATA_DIR/not-loaded"
	settled=no
	case "$loading $role $master_host $master_link_status" in
	"0 slave 127.0.0.1 "*) take_role || true ;;
	"0 slave "*" up") follow || true ;;
	"0 slave "*) seek_election || true ;;
	"0 master "*) lead || true ;;
	esac
	[ "$role" = master ] || led=no open=no followers=unknown
	# Writes wait for a master and its replicas that have just found each other.
	case "$role $open $settled $master_link_status" in
	"master no "* | "slave no no up") sleep 0.2 ;;
	*) sleep 1 ;;
	esac
done
