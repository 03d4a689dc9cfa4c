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

# points_with CLAIM [DATABASE]: times of the restore points that have its volume, or the copy of that database.
points_with() {
	local point part=volumes/$1
	if [ -n "${2-}" ]; then part=sqlite/$1/$2; fi
	for point in $(points); do
		if [ -e "$DISK/points/$point/$part" ]; then printf '%s\n' "$point"; fi
	done
}

# fill POINT CLAIM: makes the volume that is open what the point has.
fill() {
	local volume=$1/volumes/$2 databases=$1/sqlite/$2 copy
	copy_holes "$volume" "$mount_point" >/dev/null
	rsync --archive --hard-links --acls --xattrs --sparse --numeric-ids --delete --exclude /lost+found \
		"$volume/" "$mount_point/"
	[ -d "$databases" ] || return 0
	find "$databases" -type f -print0 >"$scratch/databases"
	while IFS= read -r -d '' copy; do
		fill_database "$copy" "$mount_point/${copy#"$databases"/}"
	done <"$scratch/databases"
}

# fill_database COPY FILE: into the file that is there, if one is: its owner and mode are those of the volume.
fill_database() {
	[ "$(realpath "$2")" = "$(realpath "$mount_point")${2#"$mount_point"}" ] || {
		log "${2#"$mount_point"/} leads elsewhere: restore the volume as a whole"
		exit 1
	}
	cat "$1" >"$2"
	rm -f "$2-wal" "$2-shm" "$2-journal"
}

# forget: removes what was not completed.
forget() {
	if logical_volumes | has_line "$work"; then lvremove --quiet --yes "$VOLUME_GROUP/$work" >&2; fi
}

# restore_into CLAIM TIME [DATABASE]: everything, or that database alone, in a shell of its own, which leaves nothing open and nothing half done.
restore_into() (
	set -e
	trap release EXIT
	open_volume "$work" rw
	if [ -n "${3-}" ]; then
		[ -e "$mount_point/$3" ] || {
			log "$3 is not in the volume any more: restore the volume as a whole"
			exit 1
		}
		fill_database "$DISK/points/$2/sqlite/$1/$3" "$mount_point/$3"
	else
		fill "$DISK/points/$2" "$1"
	fi
	require_open
	sync --file-system "$mount_point"
)
