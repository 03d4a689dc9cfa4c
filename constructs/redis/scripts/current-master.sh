# shellcheck shell=sh
# Sourced by the start scripts. Environment: NODES, SENTINEL_PORT, MASTER_NAME.

# Prints the host that most reachable Sentinels name as the master; nothing while none answers.
current_master() {
	for node in $NODES; do
		timeout 2 redis-cli -h "$node" -p "$SENTINEL_PORT" --raw \
			SENTINEL get-master-addr-by-name "$MASTER_NAME" 2>/dev/null | sed -n 1p || true
	done | sort | uniq -c | sort -rn | while read -r _ host; do
		case " $NODES " in *" $host "*) printf '%s\n' "$host" ;; esac
	done | sed -n 1p
}
