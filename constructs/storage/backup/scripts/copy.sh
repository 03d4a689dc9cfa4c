#!/bin/bash
# Copies the newest snapshot of every volume, and the host's own configuration, to a new restore point on the second
# disk: DISK/points/YYYY-MM-DDTHHMMSS/{volumes,sqlite}/NAMESPACE/CLAIM, .../host and .../appliances.
#
# Files that have not changed are hard links to the point before. A point appears under its name when it is finished.
# shellcheck source=common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"
only_once daily-backup "$@"

mount_point=$STATE/snapshot
snapshot=
mapper=
# The unit decrypts the key for this program alone (systemd.exec(5), credentials).
key_file=${CREDENTIALS_DIRECTORY:+$CREDENTIALS_DIRECTORY/luks-key}
key_file=${key_file:-${LUKS_KEY_FILE-}}

# Undoes open_snapshot, from whichever step it stopped at.
release() {
	if mountpoint --quiet "$mount_point"; then umount "$mount_point"; fi
	if [ -n "$mapper" ] && [ -e "/dev/mapper/$mapper" ]; then cryptsetup close "$mapper"; fi
	if [ -n "$snapshot" ]; then lvchange --quiet --activate n "$VOLUME_GROUP/$snapshot"; fi
}

# Journals are replayed, which writes to the snapshot and not to the volume: hence no noload.
open_snapshot() {
	local device=/dev/$VOLUME_GROUP/$snapshot
	lvchange --quiet --activate y --ignoreactivationskip "$VOLUME_GROUP/$snapshot"
	if cryptsetup isLuks "$device"; then
		mapper=backup-$(printf '%s' "$snapshot" | sha256sum | cut -c 1-16)
		cryptsetup open --type luks2 --key-file "$key_file" "$device" "$mapper"
		device=/dev/mapper/$mapper
	fi
	mkdir -p "$mount_point"
	timeout 60 mount -o ro,nodev,nosuid,noexec "$device" "$mount_point"
}

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

# mirror SOURCE PART: copies a directory into the new point; adds the bytes it transferred to the total.
mirror() {
	local before
	before=$(previous "$2")
	mkdir -p "$point/$2"
	rsync --archive --hard-links --acls --xattrs --numeric-ids --no-human-readable --stats \
		${before:+--link-dest="$before"} "$1/" "$point/$2/" |
		sed -n 's/^Total transferred file size: \([0-9]*\).*/\1/p' >>"$STATE/copied-bytes"
}

# copy_sqlite FILE COPY: a consistent copy of a database, its write-ahead log included, whose integrity was checked.
#
# It is read as it is, without writing beside it. Where that cannot be (a log without index on a file system that is
# read-only), the database is recovered in a private copy of its files, which do not change: it lies on a snapshot.
copy_sqlite() {
	local file=$1 copy=$2 private
	mkdir -p "$(dirname "$copy")"
	rm -f "$copy.partial"
	if ! sqlite3 -cmd '.timeout 60000' "file:$(uri_path "$file")?mode=ro" ".backup '${copy//\'/\'\'}.partial'"; then
		private=$(mktemp -d "$(dirname "$copy")/.recover.XXXXXX")
		cp "$file" "$private/db"
		for suffix in -wal -journal; do
			if [ -e "$file$suffix" ]; then cp "$file$suffix" "$private/db$suffix"; fi
		done
		sqlite3 "$private/db" ".backup '${copy//\'/\'\'}.partial'"
		rm -rf "$private"
	fi
	if [ "$(sqlite3 "$copy.partial" 'PRAGMA integrity_check')" != ok ]; then
		log "$file: the copy fails its integrity check"
		return 1
	fi
	mv "$copy.partial" "$copy"
}

# What has a meaning of its own in a URI (RFC 3986).
uri_path() {
	local path=${1//%/%25}
	path=${path//\?/%3f}
	printf '%s' "${path//#/%23}"
}

# copy_databases CLAIM: SQLite databases up to three levels deep; one that equals its predecessor becomes a link to it.
copy_databases() {
	local file relative before status=0
	while IFS= read -r -d '' file; do
		[ "$(head -c 15 "$file" | tr -d '\0')" = 'SQLite format 3' ] || continue
		relative=sqlite/$1/${file#"$mount_point"/}
		if ! copy_sqlite "$file" "$point/$relative"; then
			status=1
			continue
		fi
		before=$(previous "$(dirname "$relative")")/$(basename "$relative")
		if cmp --silent "$before" "$point/$relative"; then ln -f "$before" "$point/$relative"; fi
	done < <(find "$mount_point/" -maxdepth 3 -type f \( -name '*.db' -o -name '*.sqlite' -o -name '*.sqlite3' \) -print0)
	return "$status"
}

copy_volume() {
	open_snapshot
	mirror "$mount_point" "volumes/$1"
	copy_databases "$1"
}

# in_isolation COMMAND...: its exit code, after the snapshot that it opened has been released. Errors inside end it,
# which they would not do inside a condition.
in_isolation() {
	set +e
	(
		set -e
		trap release EXIT
		"$@"
	)
	isolated_status=$?
	set -e
}

# age_of TIME: seconds since a snapshot was made.
age_of() {
	local time=$1
	printf '%s' "$(($(date +%s) - $(date -d "${time:0:10} ${time:11:2}:${time:13:2}:${time:15:2}" +%s)))"
}

copy_volumes() {
	local volume claim time
	for volume in $(live_volumes); do
		claim=$(claim_of "$volume")
		if [ -z "$claim" ]; then
			# Retained by its class after its claim was deleted; unless the answer of the cluster is an old one.
			log "$volume has no claim: not copied"
			if [ "$claims_known" = yes ]; then orphans=$((orphans + 1)); else failed=$((failed + 1)); fi
			continue
		fi
		if is_excluded "$claim"; then continue; fi
		time=$(snapshots_of "$volume" | tail -n 1)
		if [ -z "$time" ]; then
			log "$claim: there is no snapshot of $volume"
			failed=$((failed + 1))
			continue
		fi
		snapshot=${volume}_snap_$time
		in_isolation copy_volume "$claim"
		if [ "$isolated_status" -ne 0 ]; then
			log "$claim: copying $snapshot failed"
			failed=$((failed + 1))
		elif [ "$(age_of "$time")" -gt "$SNAPSHOT_MAX_AGE" ]; then
			log "$claim: the newest snapshot is of $time; it was copied, but a newer one should be there"
			failed=$((failed + 1))
		else
			copied=$((copied + 1))
		fi
		snapshot=
	done
}

copy_host() {
	local path
	for path in $HOST_PATHS; do
		[ -e "$path" ] || continue
		mkdir -p "$point/host$(dirname "$path")"
		# The cluster file system of Proxmox has neither extended attributes nor links.
		rsync --recursive --links --perms --times --owner --group --numeric-ids "$path" "$point/host$(dirname "$path")/"
	done
}

# copy_appliance NAME=LOGIN:PATH: a file of another machine. An empty one is a failure that looks like an answer.
copy_appliance() {
	local source=${1#*=} copy
	copy=$point/appliances/${1%%=*}${source#*:}
	mkdir -p "$(dirname "$copy")"
	ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=20 "${source%%:*}" cat "${source#*:}" >"$copy"
	[ -s "$copy" ]
}

clean_up() {
	rm -rf "$DISK"/points/.*.partial
	metric daily_backup_volumes_copied "$copied"
	metric daily_backup_volumes_failed "$failed"
	metric daily_backup_volumes_orphaned "$orphans"
	metric daily_backup_bytes_synced "$(awk '{ sum += $1 } END { printf "%d", sum }' "$STATE/copied-bytes")"
	metric daily_backup_disk_used_pct "$(df --output=pcent "$DISK" | tr -dc 0-9)"
}

copied=0 failed=0 orphans=0
: >"$STATE/copied-bytes"
report_as daily-backup daily_backup
require_disk
name=$(date +%Y-%m-%dT%H%M%S)
point=$DISK/points/.$name.partial
rm -rf "$DISK"/points/.*.partial
mkdir -p "$point"
refresh_claims
copy_volumes
in_isolation copy_host
if [ "$isolated_status" -ne 0 ]; then failed=$((failed + 1)); fi
for file in $APPLIANCE_FILES; do
	in_isolation copy_appliance "$file"
	if [ "$isolated_status" -ne 0 ]; then
		log "$file: cannot be copied"
		failed=$((failed + 1))
	fi
done
mv "$point" "$DISK/points/$name"
for expired_point in $(points | expired "$KEEP_DAILY" "$KEEP_WEEKLY" "$KEEP_MONTHLY"); do
	rm -rf "${DISK:?}/points/$expired_point"
done
log "$name: $copied volumes copied, $failed failures"
[ "$failed" -eq 0 ]
