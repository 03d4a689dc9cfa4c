#!/bin/sh
# Removes every trace of networks of the tests: processes, namespaces, files.
#
# Arguments: the prefix of their names; `--when-orphaned` waits until the process behind standard input has ended.
set -eu

prefix=$1
if [ "${2:-}" = --when-orphaned ]; then
	cat >/dev/null
fi

# Only what a run started can be inside a namespace that this run made.
for namespace in $(ip netns list | sed -n "s/^\(${prefix}[^ ]*\).*/\1/p"); do
	# The first may take others with it.
	ip netns pids "$namespace" | xargs -r kill -9 2>/dev/null || true
	ip netns delete "$namespace"
	rm -rf "/etc/netns/$namespace"
done
folder="${TMPDIR:-/tmp}/$prefix"
# The disks of hosts.
awk -v start="$folder" 'index($2, start) == 1 { print $2 }' /proc/self/mounts | xargs -r umount -l
rm -rf "$folder"*
