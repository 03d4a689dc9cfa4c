#!/bin/bash
# Copies the newest snapshot of every volume, and the host's own configuration, to a new restore point on the second
# disk: DISK/points/YYYY-MM-DDTHHMMSS/{volumes,sqlite}/NAMESPACE/CLAIM, .../host and .../appliances.
#
# Files that have not changed are hard links to the point before. Every part has a name of its own until it is complete,
# and so has the point: what broke off is not in it. A run that was stopped goes on where it was in the next one.
# shellcheck source=common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"
# shellcheck source=copy-databases.sh
. "$(dirname "$(readlink -f "$0")")/copy-databases.sh"
# shellcheck source=copy-holes.sh
. "$(dirname "$(readlink -f "$0")")/copy-holes.sh"
# shellcheck source=open-volume.sh
. "$(dirname "$(readlink -f "$0")")/open-volume.sh"
# shellcheck source=workloads.sh
. "$(dirname "$(readlink -f "$0")")/workloads.sh"
only_once daily-backup "$@"

point=$DISK/points/.partial
interrupted=$DISK/points/.interrupted
# previous PATH: the newest earlier copy of a part of a restore point; nothing when there is none.
previous() {
	local point
	for point in $(points | sort -r); do
		if [ -d "$DISK/points/$point/$1" ]; then
			printf '%s' "$DISK/points/$point/$1"
			return
		fi
	done
}

# unfinished PART: the name of a part until it is complete; no claim begins with a dot.
unfinished() {
	printf '%s/.%s.partial' "$(dirname "$1")" "$(basename "$1")"
}

# mirror SOURCE PART: copies a directory into the new point; adds the bytes it transferred to the total.
mirror() {
	local partial same earlier=() links=()
	partial=$(unfinished "$2")
	for same in "$interrupted/$2" "$interrupted/$partial" "$(previous "$2")"; do
		if [ -d "$same" ]; then earlier+=("$same") links+=(--link-dest="$same"); fi
	done
	mkdir -p "$point/$partial"
	copy_holes "$1" "$point/$partial" "${earlier[@]}" >>"$STATE/copied-bytes"
	rsync --archive --hard-links --acls --xattrs --sparse --numeric-ids --no-human-readable --stats \
		"${links[@]}" "$1/" "$point/$partial/" |
		sed -n 's/^Total transferred file size: \([0-9]*\).*/\1/p' >>"$STATE/copied-bytes"
	require_open
	mv "$point/$partial" "$point/$2"
}

# copy_volume SNAPSHOT CLAIM
copy_volume() {
	open_volume "$1" ro
	mirror "$mount_point" "volumes/$2"
	copy_databases "$2"
}

# age_of TIME: seconds since a snapshot was made.
age_of() {
	local time=$1
	printf '%s' "$(($(date +%s) - $(date -d "${time:0:10} ${time:11:2}:${time:13:2}:${time:15:2}" +%s)))"
}

# without_claim VOLUME: says why it is not copied. An orphan is no failure, unless the answer of the cluster is old.
without_claim() {
	local claim phase
	IFS=$'\t' read -r claim phase < <(reference_of "$1") || true
	if [ -n "$claim" ]; then
		log "$1 is not copied: its claim was $claim, the volume is ${phase:-in no phase that is known}"
	else
		log "$1 is not copied: it has no claim"
	fi
	if [ "$claims_known" = yes ]; then orphans=$((orphans + 1)); else failed=$((failed + 1)); fi
}

# copy_newest VOLUME CLAIM
copy_newest() {
	local time age snapshot
	time=$(snapshots_of "$1" | tail -n 1)
	if [ -z "$time" ]; then
		log "$2: there is no snapshot of $1"
		failed=$((failed + 1))
		return
	fi
	snapshot=$1_snap_$time
	age=$(age_of "$time")
	in_isolation copy_volume "$snapshot" "$2"
	if [ "$isolated_status" -ne 0 ]; then
		log "$2: copying $snapshot failed"
		rm -rf "${point:?}/$(unfinished "volumes/$2")" "${point:?}/$(unfinished "sqlite/$2")"
		failed=$((failed + 1))
	# A few seconds ahead is who followed others within one.
	elif [ "$age" -lt -60 ]; then
		log "$2: the newest snapshot is of $time, which is still to come; it was copied, but which one is the newest?"
		failed=$((failed + 1))
	elif [ "$age" -gt "$SNAPSHOT_MAX_AGE" ]; then
		log "$2: the newest snapshot is of $time; it was copied, but a newer one should be there"
		failed=$((failed + 1))
	else
		copied=$((copied + 1))
	fi
}

copy_volumes() {
	local volume volumes claim several
	volumes=$(live_volumes)
	several=$(claims_of_several)
	for volume in $(lost_volumes); do
		claim=$(claim_of "$volume")
		if is_excluded "$claim"; then continue; fi
		log "$claim has no volume any more: $volume is gone, and there is more of it. If a restore was killed, repeat it"
		failed=$((failed + 1))
	done
	for volume in $volumes; do
		claim=$(claim_of "$volume")
		if [ -z "$claim" ]; then
			without_claim "$volume"
		elif is_excluded "$claim"; then
			continue
		elif has_line "$claim" <<<"$several"; then
			log "$volume is not copied: it is not the only volume that is bound to $claim"
			failed=$((failed + 1))
		else
			copy_newest "$volume" "$claim"
		fi
	done
}

# files_in PATH: one of its files; nothing when it has none, or is not there.
files_in() {
	find "$1" -type f -print -quit 2>/dev/null || true
}

copy_host() {
	local path copy before
	copy=$point/$(unfinished host)
	before=$(previous host)
	for path in $HOST_PATHS; do
		if [ -n "$before" ] && [ -n "$(files_in "$before$path")" ] && [ -z "$(files_in "$path")" ]; then
			log "$path holds no file, and did in the last copy: mount it, or take it out of backup.hostPaths"
			return 1
		fi
		[ -e "$path" ] || continue
		mkdir -p "$copy$(dirname "$path")"
		# The cluster file system of Proxmox has neither extended attributes nor links.
		rsync --recursive --links --perms --times --owner --group --numeric-ids "$path" "$copy$(dirname "$path")/"
	done
	if [ -d "$copy" ]; then mv "$copy" "$point/host"; fi
}

# copy_appliance NAME: its files. An empty one is a failure that looks like an answer.
copy_appliance() {
	local file login path copy
	copy=$point/$(unfinished "appliances/$1")
	for file in $APPLIANCE_FILES; do
		[ "${file%%=*}" = "$1" ] || continue
		login=${file#*=} path=${file#*:}
		mkdir -p "$(dirname "$copy$path")"
		if ! ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=20 "${login%%:*}" cat "$path" \
			>"$copy$path" || [ ! -s "$copy$path" ]; then
			log "$file: cannot be copied"
			return 1
		fi
	done
	mv "$copy" "$point/appliances/$1"
}

# copy_rest COMMAND PART ...: a part that is no volume.
copy_rest() {
	in_isolation "${@:2}"
	if [ "$isolated_status" -ne 0 ]; then
		rm -rf "${point:?}/$(unfinished "$1")"
		failed=$((failed + 1))
	fi
}

# publish NAME: gives the point its name, unless nothing is in it.
publish() {
	# What is left of a namespace or of appliances that all failed.
	find "$point" -mindepth 1 -maxdepth 2 -type d -empty -delete
	if ! rmdir "$point" 2>/dev/null; then mv --no-target-directory "$point" "$DISK/points/$1"; fi
	rm -rf "$interrupted"
}

# give_up: what is superseded, unless a restore is running, which may be reading it; none begins meanwhile.
give_up() {
	local parts status=0
	parts=$(cd "$DISK/points" && sh -c "$list_parts")
	superseded "$KEEP_DAILY" "$KEEP_WEEKLY" "$KEEP_MONTHLY" <<<"$parts" | removal "$DISK/points" >"$STATE/removal"
	flock --nonblock --close --conflict-exit-code 75 "$STATE/restore-backup.lock" sh "$STATE/removal" || status=$?
	if [ "$status" -eq 75 ]; then
		log "a restore is running: nothing is given up"
	elif [ "$status" -ne 0 ]; then
		failed=$((failed + 1))
	fi
}

clean_up() {
	metric daily_backup_volumes_copied "$copied"
	metric daily_backup_volumes_failed "$failed"
	metric daily_backup_volumes_orphaned "$orphans"
	metric restore_workloads_stopped "$left_stopped"
	metric daily_backup_bytes_synced "$(awk '{ sum += $1 } END { printf "%.0f", sum }' "$STATE/copied-bytes")"
	metric daily_backup_disk_used_pct "$(df --output=pcent "$DISK" | tr -dc 0-9)"
}

copied=0 failed=0 orphans=0 left_stopped=0
: >"$STATE/copied-bytes"
report_as daily-backup daily_backup
require_disk
name=$(times | unused_time)
if [ -d "$point" ]; then
	rm -rf "$interrupted"
	mv "$point" "$interrupted"
fi
rm -rf "$DISK"/points/.????-??-??T??????.partial
mkdir -p "$point"
refresh_claims
report_stopped
if [ "$claims_known" = partly ]; then failed=$((failed + 1)); fi
report_the_future < <(times)
copy_volumes
copy_rest host copy_host
for appliance in $(tr ' ' '\n' <<<"$APPLIANCE_FILES" | sed 's/=.*//' | sort -u); do
	copy_rest "appliances/$appliance" copy_appliance "$appliance"
done
publish "$name"
give_up
log "$name: $copied volumes copied, $failed failures"
[ "$failed" -eq 0 ]
