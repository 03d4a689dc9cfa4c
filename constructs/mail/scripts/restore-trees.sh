#!/bin/sh
# Brings the trees of a backup back. Each is made beside the one that is there, and all change places at the end: whatever
# happens on the way, the volume has those of before, whole. It can be repeated, after it was killed as well.
#
# Environment: BACKUP_DIR, COPY (folder of a backup there), VOLUME_DIR, TREES (folder in the backup and on the volume, as
# NAME=FOLDER), EXISTING (keep: what is there now stays, and only what is missing comes; replace). Needs rsync. The trees of
# before stay in VOLUME_DIR/.before-restore until the next restore; the volume needs room for both.
set -eu

work=$VOLUME_DIR/.restore
before=$VOLUME_DIR/.before-restore
trap 'exit 143' INT TERM

case "$EXISTING" in keep | replace) ;; *)
	echo "EXISTING=$EXISTING: expected keep or replace" >&2
	exit 2
	;;
esac
there=$(find "$BACKUP_DIR" -maxdepth 1 -type d -name '[0-9][0-9][0-9][0-9]-W[0-9][0-9]' -exec basename {} \; | sort)
if [ -z "$COPY" ] || ! echo "$there" | grep -qxF -- "$COPY"; then
	echo "COPY=$COPY: expected one of:" >&2
	echo "$there" >&2
	exit 2
fi

# change_places: every tree that was made takes the place of the one of before. It goes on where it was killed.
change_places() {
	for tree in $TREES; do
		folder=${tree#*=}
		[ -d "$work/$folder" ] || continue
		if [ -d "$VOLUME_DIR/$folder" ]; then mv "$VOLUME_DIR/$folder" "$before/$folder"; fi
		mv "$work/$folder" "$VOLUME_DIR/$folder"
	done
	rm -rf "$work"
}

if [ -e "$work/complete" ]; then
	change_places
	echo "an earlier restore was finished first"
fi
rm -rf "$work"
trap '[ -e "$work/complete" ] || rm -rf "$work"' EXIT
mkdir "$work"
for tree in $TREES; do
	source=$BACKUP_DIR/$COPY/${tree%%=*}
	folder=${tree#*=}
	[ -n "$(find "$source" -type f 2>/dev/null | head -n 1)" ] || {
		echo "$source holds no file: nothing was changed" >&2
		exit 1
	}
	# No links between them: programs write into files that are there.
	rsync -aH "$source/" "$work/$folder/" >&2
	if [ "$EXISTING" = keep ] && [ -d "$VOLUME_DIR/$folder" ]; then
		rsync -aH "$VOLUME_DIR/$folder/" "$work/$folder/" >&2
	fi
	echo "$folder: $(find "$work/$folder" -type f | wc -l) files"
done
rm -rf "$before"
mkdir "$before"
: >"$work/complete"
change_places
echo "the trees of before are in .before-restore of the volume, until the next restore"
