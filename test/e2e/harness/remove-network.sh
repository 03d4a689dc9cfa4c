#!/bin/sh
# Removes every trace of networks of the tests: processes, namespaces, files. Another run may remove the same at the same
# time: what is gone already is no failure.
#
# Arguments: the prefix of their names; `--when-orphaned` waits until the process behind standard input has ended.
set -eu

prefix=$1
if [ "${2:-}" = --when-orphaned ]; then
	cat >/dev/null
fi

# Only what a run started can be inside a namespace that this run made.
for namespace in $(ip netns list | sed -n "s/^\(${prefix}[^ ]*\).*/\1/p"); do
	# What a script starts meanwhile is found by the next look, and what is dying writes no file later.
	looks=0
	while [ "$looks" -lt 100 ] && [ -n "$(ip netns pids "$namespace" 2>/dev/null)" ]; do
		ip netns pids "$namespace" 2>/dev/null | xargs -r kill -9 2>/dev/null || true
		sleep 0.05
		looks=$((looks + 1))
	done
	ip netns delete "$namespace" 2>/dev/null || [ ! -e "/run/netns/$namespace" ]
	rm -rf "/etc/netns/$namespace"
done
folder="${TMPDIR:-/tmp}/$prefix"
# The disks of hosts.
awk -v start="$folder" 'index($2, start) == 1 { print $2 }' /proc/self/mounts | xargs -r umount -l 2>/dev/null || true
rm -rf "$folder"*
