#!/bin/sh
# Prints the path of the next copy below BACKUP_DIR, and keeps it from other runs by an empty file of that name with `.part`. Of two
# runs in one second, and after a clock was set back, the later one waits for a name that is free.
#
# Environment: BACKUP_DIR, COPY_NAME (as a format of date).
set -eu

until copy="$BACKUP_DIR/$(date "+$COPY_NAME")" && [ ! -e "$copy" ] && (set -C && : >"$copy.part"); do
	[ -e "$copy.part" ] || [ -e "$copy" ]
	sleep 1
done
echo "$copy"
