#!/bin/sh
# Reads every file of a copy as a restore does, and compares it with what it was when it was copied: one that has lost bits, is
# gone or is too many is found. It is read where it lies: a second copy of all mail would need the room of one.
#
# Environment: COPY (path of the copy), WORK_DIR, TREES (names of folders that it has to have). Prints the number of files as its last line.
set -eu

for tree in $TREES; do
	[ -d "$COPY/$tree" ] || {
		echo "$COPY has no $tree" >&2
		exit 1
	}
done
[ -s "$COPY/SHA256SUMS" ] || {
	echo "$COPY has no SHA256SUMS: the backup that comes next writes it" >&2
	exit 1
}
sort "$COPY/SHA256SUMS" >"$WORK_DIR/copied"
(
	cd "$COPY"
	find . -mindepth 2 -type f ! -path '*
*' -exec sha256sum {} +
) | sort >"$WORK_DIR/found"
cmp -s "$WORK_DIR/copied" "$WORK_DIR/found" || {
	echo "files of $COPY are not what was copied:" >&2
	diff "$WORK_DIR/copied" "$WORK_DIR/found" | grep '^[+-<>]' | head -n 10 >&2
	exit 1
}
echo "$(wc -l <"$WORK_DIR/found") files"
