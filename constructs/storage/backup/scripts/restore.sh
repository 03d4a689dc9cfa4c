#!/bin/bash
# Brings the volume of a claim back from a restore point on the second disk.
#
#   restore-backup list NAMESPACE/CLAIM [PATH]     the restore points that have it
#   restore-backup NAMESPACE/CLAIM TIME [PATH]     the volume as it was at TIME, or of it one SQLite database
#
# It is written to a snapshot of the volume, which takes the volume's place when it is complete: what breaks off changes
# nothing. Databases are the copies whose integrity was checked. The volume of before is kept.
# shellcheck source=common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"
# The daily backup may be running.
scratch=$STATE/restore
mkdir -p "$scratch"
# shellcheck source=open-volume.sh
. "$(dirname "$(readlink -f "$0")")/open-volume.sh"
# shellcheck source=copy-holes.sh
. "$(dirname "$(readlink -f "$0")")/copy-holes.sh"
# shellcheck source=fill-volume.sh
. "$(dirname "$(readlink -f "$0")")/fill-volume.sh"
# shellcheck source=workloads.sh
. "$(dirname "$(readlink -f "$0")")/workloads.sh"

restore() {
	local claim=$1 time=$2 database=${3-} known aside status
	refresh_claims
	close_left
	namespace=${claim%%/*}
	known=$(points_with "$claim" "$database")
	if ! has_line "$time" <<<"$known"; then
		log "$claim${database:+/$database} is not in a restore point $time; it is in:" "${known//$'\n'/ }"
		exit 2
	fi
	undo_swap "$claim"
	volume=$(volume_of "$claim")
	aside=$(aside_of "$volume")
	work=${volume}_restoring
	find_workload "${claim#*/}"
	confirm 3<&0 <<-PLAN
		claim     $claim
		workload  ${workload:-none runs}, $replicas replicas: scaled to 0 and back
		volume    $volume is kept as $aside
		contents  ${database:+of $database: }those of $DISK/points/$time
	PLAN
	stop_workload
	wait_until_released "${claim#*/}" "$volume"
	forget
	lvcreate --quiet --snapshot --setactivationskip n --name "$work" "$VOLUME_GROUP/$volume" >&2
	set +e
	restore_into "$claim" "$time" "$database"
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
list/2 | list/3)
	report_stopped
	points_with "$2" "${3-}"
	;;
?*/?*/2 | ?*/?*/3)
	only_once restore-backup "$@"
	restore "$@"
	;;
*)
	sed -n 's/^#   //p' "$0" >&2
	exit 2
	;;
esac
