#!/bin/bash
# Proves that volumes come back from the newest restore point: writes it to a snapshot of the volume, as restore-backup does,
# and compares that with the snapshot from which the point was copied, byte by byte. Each night some claims, those first
# that have waited longest, so that all of them had their turn twice in PROVE_DAYS.
#
# Files that never change are hard links to the first point that has them: only this finds what the second disk has lost.
# shellcheck source=common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"
# shellcheck source=open-volume.sh
. "$(dirname "$(readlink -f "$0")")/open-volume.sh"
# shellcheck source=copy-databases.sh
. "$(dirname "$(readlink -f "$0")")/copy-databases.sh"
# shellcheck source=copy-holes.sh
. "$(dirname "$(readlink -f "$0")")/copy-holes.sh"
# shellcheck source=fill-volume.sh
. "$(dirname "$(readlink -f "$0")")/fill-volume.sh"
# It opens volumes where the daily backup does.
only_once daily-backup "$@"

# When each claim was last proven: seconds since 1970, the claim, and the number of its databases, by tabs.
proofs=$STATE/proofs

# proven_at CLAIM: nothing when it never was.
proven_at() {
	awk -F '\t' -v claim="$1" '$2 == claim { print $1 }' "$proofs"
}

# in_turn POINT: its claims, those first that have waited longest.
in_turn() {
	local directory claim
	for directory in "$DISK/points/$1"/volumes/*/*/; do
		[ -d "$directory" ] || continue
		claim=${directory%/}
		claim=${claim#"$DISK/points/$1/volumes/"}
		printf '%s\t%s\n' "$(proven_at "$claim")" "$claim"
	done | sort -n | cut -f 2
}

# expected: the claims that a volume is bound to and a restore point has, whether the newest one or not.
expected() {
	(cd "$DISK/points" && sh -c "$list_parts") | sed -n 's|^[^/]*/volumes/||p' | sort -u | while IFS= read -r claim; do
		awk -F '\t' -v claim="$claim" '$4 == "Bound" && $2 "/" $3 == claim { print claim; exit }' "$STATE/claims"
	done
}

# require_recent POINT: an old one says nothing about what would be lost today.
require_recent() {
	local age
	age=$(($(date +%s) - $(date -d "${1:0:10} ${1:11:2}:${1:13:2}:${1:15:2}" +%s)))
	[ "$age" -le $((2 * SNAPSHOT_MAX_AGE)) ] || {
		log "the newest restore point, $1, is $((age / 3600)) hours old: nothing was proven"
		exit 1
	}
}

# source_of VOLUME POINT: the snapshot that the point was copied from, which is the newest of those before it.
source_of() {
	local time
	time=$(snapshots_of "$1" | awk -v point="$2" '$0 "" <= point ""' | tail -n 1)
	[ -n "$time" ] || {
		log "$1: the snapshot that $2 was copied from is gone"
		return 1
	}
	printf '%s_snap_%s' "$1" "$time"
}

# listing DATABASES: names, kinds, owners, modes and contents of everything in the volume that is open, its root included, so that
# it is never nothing. Of databases, which come back as checked copies, and of the logs beside them it has the names and owners of
# the former.
listing() (
	databases=$1
	mountpoint --quiet "$mount_point" || {
		log "$opened is not mounted: there is nothing to compare"
		exit 1
	}
	cd "$mount_point"
	find . -path ./lost+found -prune -o -printf '%p\t%y\t%m\t%U:%G\t%l\n' | logless "$databases" | sort
	find . -path ./lost+found -prune -o -type f -print0 | sort -z | xargs -0 -r sha256sum |
		awk -v known="$databases" 'BEGIN { while ((getline line < known) > 0) skip[line] = 1 }
			{ name = substr($0, index($0, " ") + 2); base = name; sub(/-(wal|shm|journal)$/, "", base) }
			!(base in skip)'
)

# logless DATABASES: reads lines that begin with a name, leaves out the logs of databases.
logless() {
	awk -F '\t' -v known="$1" 'BEGIN { while ((getline line < known) > 0) skip[line] = 1 }
		{ base = $1 }
		!(sub(/-(wal|shm|journal)$/, "", base) && base in skip)'
}

# prove_databases POINT CLAIM: whether what came back are the copies of the point, and sound.
prove_databases() {
	local name restored copies=$DISK/points/$1/sqlite/$2
	while IFS= read -r name; do
		cmp "$copies/$name" "$mount_point/$name" >&2
		restored=$(uri_path "$mount_point/${name#./}")
		[ "$(sqlite3 "file:$restored?mode=ro&immutable=1" 'PRAGMA integrity_check')" = ok ] || {
			log "$2: ${name#./} fails its integrity check"
			return 1
		}
	done <"$STATE/proof-databases"
}

# list_restored POINT CLAIM, list_source SNAPSHOT: in a shell of its own each, which leaves nothing open.
list_restored() {
	open_volume "$work" ro
	prove_databases "$1" "$2"
	listing "$STATE/proof-databases" >"$STATE/proof-restored"
}
list_source() {
	open_volume "$1" ro
	listing "$STATE/proof-databases" >"$STATE/proof-source"
}

# prove POINT CLAIM
prove() {
	local volume snapshot copies=$DISK/points/$1/sqlite/$2
	volume=$(volume_of "$2")
	snapshot=$(source_of "$volume" "$1")
	work=${volume}_proving
	if [ -d "$copies" ]; then (cd "$copies" && find . -type f); fi >"$STATE/proof-databases"
	lvcreate --quiet --snapshot --setactivationskip n --name "$work" "$VOLUME_GROUP/$volume" >&2
	restore_into "$2" "$1"
	each list_restored "$1" "$2"
	each list_source "$snapshot"
	diff "$STATE/proof-source" "$STATE/proof-restored" >"$STATE/proof-difference" || {
		log "$2: what comes back from $1 differs from $snapshot:"
		head -n 10 "$STATE/proof-difference" >&2
		return 1
	}
}

# each COMMAND...: in a shell of its own, which releases what it opened.
each() (
	set -e
	trap release EXIT
	"$@"
)

# forget_trials: removes the volumes that were written on trial, those of a run that was killed among them.
forget_trials() {
	local trial
	for trial in $(logical_volumes | sed -n '/_proving$/p'); do
		lvremove --quiet --yes "$VOLUME_GROUP/$trial" >&2
	done
}

# remember CLAIM: that it was proven now.
remember() {
	awk -F '\t' -v claim="$1" '$2 != claim' "$proofs" >"$proofs.new"
	printf '%s\t%s\t%s\n' "$(date +%s)" "$1" "$(wc -l <"$STATE/proof-databases")" >>"$proofs.new"
	mv "$proofs.new" "$proofs"
}

# waiting CLAIM: seconds since it was last proven, or first copied.
waiting() {
	local since first
	since=$(proven_at "$1")
	if [ -z "$since" ]; then
		first=$(points_with "$1" | head -n 1)
		since=$(date -d "${first:0:10}" +%s)
	fi
	printf '%s' "$(($(date +%s) - since))"
}

clean_up() {
	local claim waited time databases overdue=0
	for claim in $claims; do
		waited=$(waiting "$claim")
		if [ -z "$waited" ] || [ "$waited" -gt $((PROVE_DAYS * 86400)) ]; then
			log "$claim has not been proven for more than $PROVE_DAYS days"
			overdue=$((overdue + 1))
		fi
	done
	while IFS=$'\t' read -r time claim databases; do
		has_line "$claim" <<<"$claims" || continue
		metric "backup_restore_verified_timestamp{kind=\"claim\",claim=\"$claim\"}" "$time"
		[ "${databases:-0}" -eq 0 ] || metric "backup_restore_verified_timestamp{kind=\"database\",claim=\"$claim\"}" "$time"
	done <"$proofs"
	metric restore_proof_failed "$failed"
	metric restore_proof_overdue "$overdue"
}

proven=0 failed=0 claims=
[ -e "$proofs" ] || : >"$proofs"
report_as restore-proof restore_proof
require_disk
refresh_claims
point=$(points | tail -n 1)
[ -n "$point" ] || {
	log "there is no restore point"
	exit 1
}
claims=$(expected)
require_recent "$point"
turns=$(in_turn "$point")
share=$(((2 * $(wc -w <<<"$turns") + PROVE_DAYS - 1) / PROVE_DAYS))
forget_trials
for claim in $(head -n "$share" <<<"$turns"); do
	in_isolation prove "$point" "$claim"
	if [ "$isolated_status" -eq 0 ]; then
		remember "$claim"
		proven=$((proven + 1))
	else
		failed=$((failed + 1))
	fi
	forget_trials
done
log "$point: $proven volumes proven, $failed failures"
[ "$failed" -eq 0 ] && [ "$proven" -gt 0 ]
