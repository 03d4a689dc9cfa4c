#!/bin/sh
# Makes the directory of a volume. VOL_DIR: its path below the node's directory, mounted into the helper pod.
# The pods that will write to it run as users that nobody knows yet.
set -eu
mkdir -m 0777 -p "$VOL_DIR"
