#!/bin/bash
# Brings everything to another place: the newest restore point, part by part, and the exported trees.
#
# It is a repository to which this host can add, and from which it can remove nothing: the account there may start serve.sh
# alone. Retention runs there (retain.sh), with a key of its own. What was brought stays when the run is stopped, and the next
# one goes on behind it.
#
# A tree that is not mounted where it was, or is empty, is not brought. One that has lost or changed too many of its files is
# brought, as doubtful: retention does not count it, the run fails, and so does every later one until the files are back or
# an operator says that it is right, with --allow-loss.
# shellcheck source=common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"
# shellcheck source=offsite-repository.sh
. "$(dirname "$(readlink -f "$0")")/offsite-repository.sh"
only_once offsite-sync-backup "$@"

# Up to this number of files are never suspicious: of small trees a few files are a large share.
tolerated_changes=50
tolerated_removals=2
case ${1-} in
'') allow_loss=no ;;
--allow-loss) allow_loss=yes ;;
*)
	log "usage: $0 [--allow-loss]"
	exit 2
	;;
esac
# shellcheck disable=SC2153
repository=(restic --repo rclone: --option "rclone.program=$OFFSITE_PROGRAM")

# backup DIRECTORY TIME PART [PARENT]: brings it; sets snapshot, and its figures. Fails when files could not be read, unless
# they are of a tree and vanished meanwhile, which is their right: those of a restore point do not change.
backup() {
	local expected status=0 report=$STATE/report.json
	# By its own name, so that where it lies is no part of it, and its owner and mode are.
	(cd "$(dirname "$1")" && "${repository[@]}" --json backup --tag "$2,$3" ${4:+--parent "$4"} "$(basename "$1")") \
		>"$report" 2>"$report.errors" || status=$?
	if [ "$status" -ne 0 ] && [ "$status" -ne 3 ]; then
		cat "$report.errors" >&2
		return "$status"
	fi
	IFS=$'\t' read -r snapshot changed unmodified < <(sqlite3 -cmd '.mode tabs' :memory: "
		SELECT json_extract(line, '\$.snapshot_id'), json_extract(line, '\$.files_changed'),
			json_extract(line, '\$.files_unmodified')
		FROM (SELECT '$(tail -n 1 "$report" | sed "s/'/''/g")' AS line)")
	[ -n "$snapshot" ] || {
		log "$3: restic reports no snapshot"
		return 1
	}
	expected='"Err":2[,}]|no such file or directory'
	[ "${3%%/*}" = trees ] || expected='^$'
	if [ "$status" -eq 3 ] && grep '"error"' "$report.errors" | grep -vE "$expected" >&2; then
		doubt "$2" "$snapshot"
		log "$3: not everything could be read; what was brought is doubtful"
		return 1
	fi
}

# doubt TIME ID: writes down that a snapshot is not to be relied on. Its whole name is that of the one that begins with it.
doubt() {
	local id
	id=$(list_snapshots | awk -F '\t' -v short="$2" 'index($3, short) == 1 { print $3 }')
	printf '%s\n' "$id" | "${repository[@]}" --quiet backup --stdin --stdin-filename doubtful --tag "$1,doubtful/$id"
}

# newest PART: the newest reliable snapshot of it; nothing when there is none.
newest() {
	awk -F '\t' -v part="$1" -v latest="$(latest)" '$2 == part && $1 "" <= latest "" { id = $3 } END { print id }' \
		"$STATE/offsite"
}

# newest_parts: TIME and PART, by a tab: of every part the newest copy, in whichever point that is. One that failed tonight
# may have been copied last night, when nothing could be brought.
newest_parts() {
	(cd "$DISK/points" && sh -c "$list_parts") | of_the_past | sort -r |
		awk '{ part = substr($0, 19) } !seen[part]++ { print substr($0, 1, 17) "\t" part }' | sort -k 2
}

# send_points: those of them that are not there yet.
send_points() {
	local point part parts failures=0
	require_disk
	parts=$(newest_parts)
	[ -n "$parts" ] || {
		log "there is no restore point in $DISK"
		return 1
	}
	while IFS=$'\t' read -r point part; do
		if ! cut -f 1,2 "$STATE/offsite" | has_line "$point	$part"; then
			attempt backup "$DISK/points/$point/$part" "$point" "$part" "$(newest "$part")" </dev/null
			if [ "$attempt_status" -ne 0 ]; then
				log "$part of $point: cannot be brought"
				failures=$((failures + 1))
			fi
		fi
	done <<<"$parts"
	[ "$failures" -eq 0 ]
}

# refuse TEXT: ends with 3, unless an operator lets this run through.
refuse() {
	[ "$allow_loss" = no ] || return 0
	log "$1. If that is right: $0 --allow-loss"
	exit 3
}

# require_tree TREE DIRECTORY PRESENT: it is on the disk that it was on when it was brought last, and has files if it had. What
# is left of a disk that is not mounted is a directory like any other.
require_tree() {
	local was now
	was=$(cat "$STATE/mount.$1" 2>/dev/null || true)
	now=$(mount_of "$2")
	[ -z "$was" ] || [ "$was" = "$now" ] ||
		refuse "$1: $2 was on the disk that is mounted at $was, and is now on that of $now: nothing was brought"
	if [ "$3" -gt 0 ] && [ -z "$(find "$2" -type f -print -quit)" ]; then
		refuse "$1: $2 is empty, and there are $3 files there: nothing was brought"
	fi
}

# stop_on_loss TREE: whether the tree still has most of the files that the last reliable snapshot has.
stop_on_loss() {
	local removed=$((present - changed - unmodified)) lost
	lost=$((removed + changed))
	if [ "$removed" -gt "$tolerated_removals" ] && [ $((removed * 100)) -gt $((present * LOSS_PERCENT)) ]; then
		lost="$removed of $present files are gone"
	elif [ "$lost" -gt "$tolerated_changes" ] && [ $((lost * 100)) -gt $((present * LOSS_PERCENT)) ]; then
		lost="$lost of $present files are gone or changed"
	else
		return 0
	fi
	[ "$allow_loss" = no ] || return 0
	doubt "$started" "$snapshot"
	refuse "$1: $lost, more than $LOSS_PERCENT %: brought as doubtful, and nothing was given up for it"
}

# send_tree TREE DIRECTORY
send_tree() {
	local parent present=0 snapshot changed unmodified
	parent=$(newest "trees/$1")
	if [ -n "$parent" ]; then
		present=$("${repository[@]}" ls --json "$parent" | awk '/"type":"file"/ { files++ } END { print files + 0 }')
	fi
	require_tree "$1" "$2" "$present"
	backup "$2" "$started" "trees/$1" "$parent"
	stop_on_loss "$1"
	mount_of "$2" >"$STATE/mount.$1"
}

# check: that everything there can be reached, and a share of it byte by byte, so that all of it had its turn in PROVE_DAYS.
check() {
	"${repository[@]}" --quiet check --read-data-subset "$(($(date +%s) / 86400 % PROVE_DAYS + 1))/$PROVE_DAYS" >&2
}

# attempt COMMAND...: its exit code in attempt_status. Errors inside end the command, which they would not do in a condition.
attempt() {
	set +e
	(
		set -e
		trap - EXIT
		"$@"
	)
	attempt_status=$?
	set -e
}

# count COMMAND...: counts a failure instead of ending with it.
count() {
	attempt "$@"
	if [ "$attempt_status" -eq 3 ]; then refused=$((refused + 1)); fi
	if [ "$attempt_status" -ne 0 ]; then failed=$((failed + 1)); fi
}

clean_up() {
	metric offsite_sync_failed_total "$failed"
	metric offsite_sync_refused_total "$refused"
}

failed=0 refused=0
report_as offsite-backup-sync offsite_sync
unlock
list_snapshots | reliable >"$STATE/offsite"
started=$(sed -n 's/\ttrees\/.*//p' "$STATE/offsite" | unused_time)
report_the_future < <(cut -f 1 "$STATE/offsite")
count send_points
for tree in $TREES; do
	count send_tree "${tree%%=*}" "${tree#*=}"
done
count check
log "$failed failures, $refused of them because a tree is not what it was"
[ "$failed" -eq 0 ]
