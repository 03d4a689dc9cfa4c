#!/bin/bash
# Brings the volume of a claim back from a restore point on the second disk.
#
#   restore-backup list NAMESPACE/CLAIM     the restore points that have it
#   restore-backup NAMESPACE/CLAIM TIME     the volume as it was at TIME
#
# It is written to a snapshot of the volume, which takes the volume's place when it is complete: what breaks off changes
# nothing. Databases are the copies whose integrity was checked. The volume of before is kept.
# shellcheck source=common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"
# shellcheck source=open-volume.sh
. "$(dirname "$(readlink -f "$0")")/open-volume.sh"
# shellcheck source=workloads.sh
. "$(dirname "$(readlink -f "$0")")/workloads.sh"

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

restore() {
	local claim=$1 time=$2 aside status
	refresh_claims
	namespace=${claim%%/*}
	if ! points_with "$claim" | has_line "$time"; then
		log "$claim is not in a restore point $time; it is in:" "$(points_with "$claim" | tr '\n' ' ')"
		exit 2
	fi
	volume=$(volume_of "$claim")
	aside=${volume}_pre_restore_$(date +%Y%m%d%H%M%S)
	work=${volume}_restoring
	find_workload "${claim#*/}"
	confirm 3<&0 <<-PLAN
		claim     $claim
		workload  ${workload:-none runs}, $replicas replicas: scaled to 0 and back
		volume    $volume is kept as $aside
		contents  those of $DISK/points/$time
	PLAN
	stop_workload
	wait_until_released "${claim#*/}" "$volume"
	forget
	lvcreate --quiet --snapshot --setactivationskip n --name "$work" "$VOLUME_GROUP/$volume" >&2
	set +e
	restore_into "$claim" "$time"
	status=$?
	set -e
	if [ "$status" -ne 0 ]; then
		forget
		log "$claim could not be restored; its volume is as it was"
		start_workload
		exit 1
	fi
	lvrename "$VOLUME_GROUP" "$volume" "$aside" >&2
	if ! lvrename "$VOLUME_GROUP" "$work" "$volume" >&2; then
		lvrename "$VOLUME_GROUP" "$aside" "$volume" >&2
		exit 1
	fi
	start_workload
	log "done; when all is well: lvremove $VOLUME_GROUP/$aside"
}

require_disk
case ${1-}/$# in
list/2) points_with "$2" ;;
?*/?*/2)
	only_once restore-backup "$@"
	restore "$@"
	;;
*)
	sed -n 's/^#   //p' "$0" >&2
	exit 2
	;;
esac
