#!/bin/bash
# Thin snapshots of the volumes of the CSI driver, and their restore.
#
#   lvm-pvc-snapshot [create]          a snapshot of every volume, then prune
#   lvm-pvc-snapshot list              every snapshot with its claim
#   lvm-pvc-snapshot prune             remove what retention gives up
#   lvm-pvc-snapshot restore VOLUME SNAPSHOT
# shellcheck source=common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"
# shellcheck source=workloads.sh
. "$(dirname "$(readlink -f "$0")")/workloads.sh"

create() {
	local now volume volumes claim created=0 failed=0 phase
	report_as lvm-pvc-snapshot lvm_snapshot
	refresh_claims
	volumes=$(live_volumes)
	if [ -z "$volumes" ]; then
		log "no volume in $VOLUME_GROUP begins with $VOLUME_PREFIX"
		exit 1
	fi
	now=$(times | unused_time)
	for volume in $volumes; do
		# Of one that was released, the claim that it had.
		IFS=$'\t' read -r claim phase < <(reference_of "$volume") || true
		if is_excluded "$claim"; then continue; fi
		if lvcreate --quiet --snapshot --name "${volume}_snap_$now" "$VOLUME_GROUP/$volume" >&2; then
			created=$((created + 1))
		else
			log "no snapshot of $volume (${claim:-no claim}${phase:+, $phase})"
			failed=$((failed + 1))
		fi
	done
	metric lvm_snapshot_created_total "$created"
	metric lvm_snapshot_failed_total "$failed"
	prune
	pool_metrics
	log "$created snapshots created, $failed failed"
	[ "$failed" -eq 0 ]
}

prune() {
	local volume volumes time times live all pruned=0 failed=0 oldest yesterday
	yesterday=$(date -d '1 day ago' +%Y-%m-%dT%H%M%S)
	report_the_future < <(all_snapshots)
	# Asked once, and before anything is removed: an answer that fails must not look like volumes that are gone.
	all=$(logical_volumes)
	live=$(live_volumes)
	# By the clock and by the days that have snapshots: a clock that runs ahead makes none of them old.
	oldest=$(sed -n 's/^.*_snap_\([0-9-]*\)T.*/\1/p' <<<"$all" | of_the_past | sort -ur | sed -n "${KEEP_SNAPSHOTS}p")
	oldest=$(printf '%s\n' "$oldest" "$(date -d "$KEEP_SNAPSHOTS days ago" +%Y-%m-%dT%H%M%S)" | sort | head -n 1)
	volumes=$(sed -n 's/_snap_.*//p' <<<"$all" | sort -u)
	for volume in $volumes; do
		times=$(sed -n "s/^${volume}_snap_\([0-9T-]*\)$/\1/p" <<<"$all" | of_the_past)
		if has_line "$volume" <<<"$live"; then
			# Of several of one day the last stays: one made by hand must not cost last night's before the next is there.
			times=$(expired "$KEEP_SNAPSHOTS" 0 0 <<<"$times" | awk -v yesterday="$yesterday" '$0 "" < yesterday ""')
		else
			# Of a volume that is gone there will be no newer ones: they go by age.
			times=$(awk -v oldest="$oldest" '$0 < oldest' <<<"$times")
		fi
		for time in $times; do
			if lvremove --quiet --yes "$VOLUME_GROUP/${volume}_snap_$time" >&2; then
				pruned=$((pruned + 1))
			else
				failed=$((failed + 1))
			fi
		done
	done
	metric lvm_snapshot_pruned_total "$pruned"
	log "$pruned snapshots pruned, $failed could not be removed"
	[ "$failed" -eq 0 ]
}

pool_metrics() {
	local data metadata
	read -r data metadata < <(lvs --noheadings --options data_percent,metadata_percent "$VOLUME_GROUP/$THIN_POOL")
	metric lvm_snapshot_thinpool_free_pct "$(awk -v used="$data" 'BEGIN { print 100 - used }')"
	metric lvm_snapshot_thinpool_metadata_free_pct "$(awk -v used="$metadata" 'BEGIN { print 100 - used }')"
}

list() {
	local name
	refresh_claims
	for name in $(logical_volumes | grep _snap_ || true); do
		printf '%s\t%s\n' "$name" "$(reference_of "${name%%_snap_*}" | sed 's/\tBound$//')"
	done
}

restore() {
	local volume=$1 snapshot=$2 aside claim name
	aside=$(aside_of "$volume")
	if [ "${snapshot%%_snap_*}" != "$volume" ] || ! logical_volumes | has_line "$snapshot"; then
		log "$snapshot is no snapshot of $volume; there are:"
		logical_volumes | grep "^${volume}_snap_" >&2 || true
		exit 2
	fi
	refresh_claims
	claim=$(claim_of "$volume")
	[ -n "$claim" ] || { log "no claim uses $volume" && exit 2; }
	namespace=${claim%%/*} name=${claim#*/}
	undo_swap "$claim"
	find_workload "$name"
	confirm 3<&0 <<-PLAN
		claim     $claim
		workload  ${workload:-none runs}, $replicas replicas: scaled to 0 and back
		volume    $volume is kept as $aside
		snapshot  $snapshot stays, a new snapshot of it becomes $volume
	PLAN
	stop_workload
	wait_until_released "$name" "$volume"
	lvrename "$VOLUME_GROUP" "$volume" "$aside"
	# Thin snapshots are skipped at activation unless told otherwise; this one is a volume like any other.
	if ! lvcreate --quiet --snapshot --setactivationskip n --name "$volume" "$VOLUME_GROUP/$snapshot" >&2; then
		lvrename "$VOLUME_GROUP" "$aside" "$volume"
		exit 1
	fi
	start_workload
	log "done; when all is well: lvremove $VOLUME_GROUP/$aside"
}

command=${1-create}
case $command/$# in
create/[01] | prune/1 | restore/3)
	# Neither program of restores works beside the other.
	if [ "$command" = restore ]; then only_once restore-backup "$@"; fi
	only_once lvm-pvc-snapshot "$@"
	shift || true
	"$command" "$@"
	;;
list/1) list ;;
*)
	sed -n 's/^#   //p' "$0" >&2
	exit 2
	;;
esac
