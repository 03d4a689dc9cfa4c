#!/bin/sh
# Brings the trees of a backup back. Each is made beside the one that is there, and all change places at the end: whatever
# happens on the way, the volume has those of before, whole. It can be repeated: one that was killed while they changed places is
# finished, and no second one of the same copy is made, for which those of before would have to go.
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
		aside=$before/$folder
		if [ -d "$VOLUME_DIR/$folder" ]; then
			# One that came since it was killed, as the kubelet makes the folder of a mount. Into the other mv would put it.
			while [ -e "$aside" ]; do aside=$aside.since; done
			mv "$VOLUME_DIR/$folder" "$aside"
		fi
		mv "$work/$folder" "$VOLUME_DIR/$folder"
	done
	rm -rf "$work"
	echo "the trees of before are in .before-restore of the volume, until the next restore"
}

if [ -e "$work/complete" ]; then
	finished=$(cat "$work/complete")
	change_places
	echo "the restore of $finished that was killed is finished"
	if [ "$finished" = "$COPY, $EXISTING" ]; then exit; fi
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
# A file that is there is whole.
echo "$COPY, $EXISTING" >"$work/complete.part"
mv "$work/complete.part" "$work/complete"
change_places
