#!/bin/bash
# A container from this machine's own files: what it writes goes to memory, and to its volumes.
#
# Runs in mount and process namespaces of its own. Environment: STANDIN_ROOT (whose files, by default this machine's),
# STANDIN_LAYER (folder whose files replace those), STANDIN_VOLUMES (lines "path folder"). Arguments: the command.
set -eu

mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
root=/mnt/root
cp -a "$STANDIN_LAYER/." /mnt/upper
mount -t overlay overlay -o "lowerdir=${STANDIN_ROOT:-/},upperdir=/mnt/upper,workdir=/mnt/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /dev "$root/dev"
for place in /dev/shm /run /tmp; do
	mount -t tmpfs -o mode=1777 tmpfs "$root$place"
	if [ -d "$STANDIN_LAYER$place" ]; then cp -a "$STANDIN_LAYER$place/." "$root$place"; fi
done
while read -r path folder; do
	mkdir -p "$root$path"
	mount --bind "$folder" "$root$path"
done <<<"$STANDIN_VOLUMES"

exec chroot "$root" "$@"
