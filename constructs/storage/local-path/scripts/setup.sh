#!/bin/sh
# Makes the directory of a volume. VOL_DIR: its path below the node's directory, mounted into the helper pod.
# The pods that will write to it run as users that nobody knows yet.
set -eu
mkdir -p "$VOL_DIR"
chmod 0777 "$VOL_DIR"
