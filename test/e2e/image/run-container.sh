#!/bin/sh
# Puts a layer that can be written on top of the root of an image, and runs a container there (runc(8)).
#
# Runs as the first process of mount and process namespaces of its own: nothing stays mounted, and no process alive,
# when it ends. Arguments: folder of the root, folder of the bundle (config.json, upper, work, rootfs), name.
set -eu

mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/rootfs"
exec runc --root "$2/state" run --bundle "$2" "$3"
