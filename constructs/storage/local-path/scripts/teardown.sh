#!/bin/sh
# Removes the directory of a volume whose claim is gone. VOL_DIR as in setup.sh.
set -eu
rm -rf "${VOL_DIR:?}"
