#!/bin/sh
# Whether every listener is there, without a connection that the daemons would log.
#
# Arguments: port numbers. Reads the kernel's tables (proc(5)): local address and state, both hexadecimal; 0A listens.
for port in "$@"; do
	wanted=$(printf ':%04X' "$port")
	awk -v port="$wanted" '$4 == "0A" && substr($2, length($2) - 4) == port { found = 1 } END { exit !found }' \
		/proc/net/tcp /proc/net/tcp6 || {
		echo "nothing listens on $port" >&2
		exit 1
	}
done
