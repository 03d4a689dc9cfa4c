#!/bin/sh
# Loads the text of /etc/exports that comes on the standard input with the real exportfs, and prints the table that it
# makes of it, as exportfs keeps it (etab).
#
#   load-table.sh DIRECTORY...     directories that shall exist while it looks
#
# Nothing of the machine is touched: it runs in a mount namespace of its own (unshare --mount), below a root without
# /proc, so that exportfs finds neither the machine's table nor a kernel server. Warnings are on the standard error.
# Exit: that of exportfs (0, 1), or 70 when the root could not be made.
set -eu
PATH=$PATH:/usr/sbin:/sbin
trap 'exit 70' EXIT

root=/tmp
mount -t tmpfs -o mode=755,size=16m tmpfs "$root"
mkdir -p "$root/etc" "$root/var/lib/nfs" "$root/dev" "$root/run"
for folder in bin sbin lib lib32 lib64 usr; do
	if [ -L "/$folder" ]; then
		cp -P "/$folder" "$root/$folder"
	elif [ -d "/$folder" ]; then
		mkdir "$root/$folder"
		mount --bind "/$folder" "$root/$folder"
		mount -o remount,bind,ro "$root/$folder"
	fi
done
[ "$#" -eq 0 ] || chroot "$root" mkdir -p -- "$@"
cat >"$root/etc/exports"
: >"$root/var/lib/nfs/etab"
: >"$root/var/lib/nfs/rmtab"

trap - EXIT
status=0
# Not started in /, where a relative path would pass for an absolute one.
chroot "$root" sh -c 'cd /run && exec exportfs -ra' || status=$?
cat "$root/var/lib/nfs/etab"
exit "$status"
