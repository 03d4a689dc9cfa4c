#!/bin/bash
# What is at the other place, and the way back from there.
#
#   offsite-backup init                    makes the repository, once
#   offsite-backup list [PART]             what is there: TIME and PART; PART is volumes/NAMESPACE/CLAIM, trees/NAME, host ...
#   offsite-backup fetch PART TIME         a part of a restore point, to DISK/points/TIME, for restore-backup
#   offsite-backup fetch PART TIME FOLDER  anything, to a new folder
# shellcheck source=common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"
# shellcheck source=offsite-repository.sh
. "$(dirname "$(readlink -f "$0")")/offsite-repository.sh"

# shellcheck disable=SC2153
repository=(restic --repo rclone: --option "rclone.program=$OFFSITE_PROGRAM")

# dig_holes FOLDER: restic 0.14 writes holes as zeros. A file that is dug keeps its time.
dig_holes() {
	local file time=$STATE/dug
	find "$1" -type f -size +64k -print0 >"$STATE/dig"
	while IFS= read -r -d '' file; do
		touch --reference="$file" "$time"
		fallocate --dig-holes "$file"
		touch --reference="$time" "$file"
	done <"$STATE/dig"
}

# fetch PART TIME FOLDER: every file is compared with its checksum, and holes are holes again.
fetch() {
	local id partial
	id=$(list_snapshots | reliable | awk -F '\t' -v part="$1" -v time="$2" '$2 == part && $1 == time { print $3; exit }')
	[ -n "$id" ] || {
		log "$1 of $2 is not there; there are:" "$(list_snapshots | reliable | awk -F '\t' -v part="$1" '$2 == part { print $1 }' | tr '\n' ' ')"
		exit 2
	}
	[ ! -e "$3" ] || {
		log "$3 is there already"
		exit 2
	}
	partial=$(dirname "$3")/.$(basename "$3").fetching
	# What broke off may be of another time.
	rm -rf "$partial"
	mkdir -p "$partial"
	"${repository[@]}" restore "$id" --target "$partial" --verify >&2
	dig_holes "$partial"
	mv "$partial"/* "$3"
	rmdir "$partial"
	log "$1 of $2 is in $3"
}

case ${1-}/$# in
init/1) "${repository[@]}" init >&2 ;;
list/1) list_snapshots | reliable | cut -f 1,2 ;;
list/2) list_snapshots | reliable | awk -F '\t' -v part="$2" '$2 == part { print $1 "\t" $2 }' ;;
fetch/3)
	require_disk
	fetch "$2" "$3" "$DISK/points/$3/$2"
	;;
fetch/4) fetch "$2" "$3" "$4" ;;
*)
	sed -n 's/^#   //p' "$0" >&2
	exit 2
	;;
esac
