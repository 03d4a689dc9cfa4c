# shellcheck shell=bash
# shellcheck disable=SC2154 # settings and mount_point are those of common.sh and open-volume.sh
# Writes a restore point to a snapshot of its volume, for restore.sh and prove.sh, which source it. They set work, the name of
# that snapshot.

# volume_of CLAIM: the one volume that is bound to it.
volume_of() {
	local volume found=()
	for volume in $(live_volumes); do
		if [ "$(claim_of "$volume")" = "$1" ]; then found+=("$volume"); fi
	done
	[ "${#found[@]}" -eq 1 ] || {
		log "$1: expected one volume that is bound to it, found ${#found[@]}: ${found[*]}"
		exit 2
	}
	printf '%s' "${found[0]}"
}

# points_with CLAIM: times of the restore points that have its volume.
points_with() {
	local point
	for point in $(points); do
		if [ -d "$DISK/points/$point/volumes/$1" ]; then printf '%s\n' "$point"; fi
	done
}

# fill POINT CLAIM: makes the volume that is open what the point has.
fill() {
	local volume=$1/volumes/$2 databases=$1/sqlite/$2 copy file
	rsync --archive --hard-links --acls --xattrs --sparse --numeric-ids --delete --exclude /lost+found \
		"$volume/" "$mount_point/"
	[ -d "$databases" ] || return 0
	find "$databases" -type f -print0 >"$STATE/databases"
	while IFS= read -r -d '' copy; do
		file=$mount_point/${copy#"$databases"/}
		# Into the file that is there: its owner and mode are those of the volume.
		cat "$copy" >"$file"
		rm -f "$file-wal" "$file-shm" "$file-journal"
	done <"$STATE/databases"
}

# forget: removes what was not completed.
forget() {
	if logical_volumes | has_line "$work"; then lvremove --quiet --yes "$VOLUME_GROUP/$work" >&2; fi
}

# restore_into CLAIM TIME: in a shell of its own, which leaves nothing open and nothing half done.
restore_into() (
	set -e
	trap release EXIT
	open_volume "$work" rw
	fill "$DISK/points/$2" "$1"
	sync --file-system "$mount_point"
)
