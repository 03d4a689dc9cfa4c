#!/bin/bash
# Brings everything to another place: the newest restore point, and the exported trees.
#
# Trees: what has changed since the last success, and once a month everything, with deletions. Either way a run that
# would remove or overwrite too many files there changes nothing and fails, and so does one whose tree is not mounted
# where it was; --allow-loss lets one run through. What is removed or overwritten is kept for a while, in
# replaced/TREE/TIME. Owners, modes, access lists and attributes are kept in extended attributes there (rsync
# --fake-super): the account need not be root.
# shellcheck source=common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"
only_once offsite-sync-backup "$@"

# Up to this number of files are never suspicious. Of small trees a few files are a large share; what is overwritten is
# still there under replaced/, while what is removed may be all that there was.
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

# The host key must be known: it was recorded when the host was set up.
ssh_command=(ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=20 -o ServerAliveInterval=30)

remote() {
	"${ssh_command[@]}" "$OFFSITE_LOGIN" "$@"
}

# transfer ARGUMENT...: rsync with its report; 24 means that files vanished meanwhile, which is their right.
transfer() {
	local status=0
	rsync --archive --hard-links --acls --xattrs --sparse --numeric-ids --no-human-readable --stats \
		--remote-option=--fake-super \
		--rsh "${ssh_command[*]}" "$@" || status=$?
	[ "$status" -eq 24 ] || return "$status"
}

# send_point: the newest restore point that is not there yet, and retention there.
send_point() {
	local base=$OFFSITE_DIRECTORY/pve-backup/points point there before earlier=()
	require_disk
	point=$(points | tail -n 1)
	[ -n "$point" ] || { log "there is no restore point in $DISK" && exit 1; }
	remote mkdir -p "$base"
	there=$(remote ls -1A "$base")
	if ! has_line "$point" <<<"$there"; then
		before=$(grep -E '^[0-9]{4}-[0-9-]*T[0-9]{6}$' <<<"$there" | of_the_past | tail -n 1 || true)
		# What a run that was stopped has brought is not brought again.
		if has_line .partial <<<"$there"; then
			remote rm -rf "$base/.interrupted"
			remote mv "$base/.partial" "$base/.interrupted"
		fi
		if grep -qxE '\.partial|\.interrupted' <<<"$there"; then earlier=(--link-dest=../.interrupted); fi
		transfer --delete "${earlier[@]}" ${before:+--link-dest="../$before"} "$DISK/points/$point/" \
			"$OFFSITE_LOGIN:$base/.partial/" >/dev/null
		remote mv "$base/.partial" "$base/$point"
		remote rm -rf "$base/.interrupted" "$base/.????-??-??T??????.partial"
	fi
	there=$(remote "cd '$base' && $list_parts")
	superseded "$OFFSITE_DAILY" "$OFFSITE_WEEKLY" "$OFFSITE_MONTHLY" <<<"$there" | removal "$base" | remote sh
}

# figure REPORT LABEL: a number of an rsync report, of regular files where it counts kinds: "5 (reg: 3, dir: 2)".
figure() {
	awk -v label="$2: " '
		index($0, label) != 1 { next }
		match($0, /reg: [0-9]+/) { print substr($0, RSTART + 5, RLENGTH - 5); exit }
		{ print /\(/ ? 0 : substr($0, length(label) + 1) + 0; exit }' <<<"$1"
}

# refuse TEXT: ends with 3, unless an operator lets this run through.
refuse() {
	[ "$allow_loss" = no ] || return 0
	log "$1: nothing was changed there. If that is right: $0 --allow-loss"
	exit 3
}

# stop_on_loss TREE REMOVED CHANGED PRESENT: refuses to remove, or to remove and overwrite, more than the tolerated
# share of a tree's files there.
stop_on_loss() {
	local lost=$(($2 + $3))
	if [ "$2" -gt "$tolerated_removals" ] && [ $(($2 * 100)) -gt $(($4 * LOSS_PERCENT)) ]; then
		refuse "$1: $2 of $4 files there would be removed, more than $LOSS_PERCENT %"
	elif [ "$lost" -gt "$tolerated_changes" ] && [ $((lost * 100)) -gt $(($4 * LOSS_PERCENT)) ]; then
		refuse "$1: $lost of $4 files there would be removed or overwritten, more than $LOSS_PERCENT %"
	fi
}

# require_mount TREE DIRECTORY: it is on the disk that it was on in the last complete run. What is left of a disk that is
# not mounted is a directory like any other.
require_mount() {
	local was now
	was=$(cat "$STATE/mount.$1" 2>/dev/null || true)
	now=$(mount_of "$2")
	[ -z "$was" ] || [ "$was" = "$now" ] ||
		refuse "$1: $2 was on the disk that is mounted at $was, and is now on that of $now"
}

# aside TREE: where rsync puts what it removes or overwrites there.
aside() {
	printf '%s' "--backup --backup-dir=$OFFSITE_DIRECTORY/replaced/$1/$started"
}

# sync_all TREE DIRECTORY: everything, deletions included.
sync_all() {
	local target=$OFFSITE_LOGIN:$OFFSITE_DIRECTORY/$1/ report files created deleted sent present
	require_mount "$1" "$2"
	remote mkdir -p "$OFFSITE_DIRECTORY/$1" "$OFFSITE_DIRECTORY/replaced/$1"
	report=$(transfer --dry-run --delete "$2/" "$target")
	files=$(figure "$report" 'Number of files')
	created=$(figure "$report" 'Number of created files')
	deleted=$(figure "$report" 'Number of deleted files')
	sent=$(figure "$report" 'Number of regular files transferred')
	present=$((files - created + deleted))
	if [ "$files" -eq 0 ] && [ "$present" -gt 0 ]; then refuse "$1: $2 is empty, and there are $present files there"; fi
	stop_on_loss "$1" "$deleted" $((sent - created)) "$present"
	# Bounded once more, by what was announced: the tree may be emptied while it is being read. Directories count.
	# shellcheck disable=SC2046 # no path of the site has a blank
	transfer --delete --max-delete $((deleted * 2 + tolerated_removals)) $(aside "$1") "$2/" "$target" >/dev/null
	printf '%s %s\n' "$month" "$files" >"$STATE/tree.$1"
	mount_of "$2" >"$STATE/mount.$1"
	forget_replaced "$1"
}

# forget_replaced TREE: gives up what was replaced long ago: before so many days and so many later runs.
forget_replaced() {
	local base=$OFFSITE_DIRECTORY/replaced/$1 oldest
	oldest=$(date -d "$OFFSITE_REPLACED_DAYS days ago" +%Y-%m-%dT%H%M%S)
	remote ls -1 "$base" | sed -nE '/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}$/p' | of_the_past | sort -r |
		awk -v oldest="$oldest" -v kept="$OFFSITE_REPLACED_DAYS" 'NR > kept && $0 "" < oldest ""' |
		removal "$base" | remote sh
}

# sync_changes TREE DIRECTORY FILES: what the change logs name, directories with all that is in them.
sync_changes() {
	local list=$STATE/list.$1 report sent created
	require_mount "$1" "$2"
	changed_in "$2" >"$list"
	# What is gone by now is no error: much of what programs write is temporary.
	local changes=(--recursive --from0 --files-from "$list" --ignore-missing-args "$2/"
		"$OFFSITE_LOGIN:$OFFSITE_DIRECTORY/$1/")
	if [ -s "$list" ]; then
		remote mkdir -p "$OFFSITE_DIRECTORY/replaced/$1"
		report=$(transfer --dry-run "${changes[@]}")
		sent=$(figure "$report" 'Number of regular files transferred')
		created=$(figure "$report" 'Number of created files')
		stop_on_loss "$1" 0 $((sent - created)) "$3"
		# shellcheck disable=SC2046
		transfer $(aside "$1") "${changes[@]}" >/dev/null
	fi
	rm "$list"
}

# changed_in DIRECTORY: paths below it that the change logs name, relative, each once, NUL after each.
changed_in() {
	local path
	find "$STATE" -maxdepth 1 -name 'changes.*' -exec cat {} + | sort --zero-terminated --unique |
		while IFS= read -r -d '' path; do
			case $path in
			"$1"/?*) printf '%s\0' "${path#"$1"/}" ;;
			esac
		done
}

# attempt COMMAND...: counts a failure instead of ending with it. Errors inside end the command.
attempt() {
	local status
	set +e
	(
		set -e
		trap - EXIT
		"$@"
	)
	status=$?
	set -e
	if [ "$status" -eq 3 ]; then refused=$((refused + 1)); fi
	if [ "$status" -ne 0 ]; then failed=$((failed + 1)); fi
}

clean_up() {
	metric offsite_sync_failed_total "$failed"
	metric offsite_sync_refused_total "$refused"
}

failed=0 refused=0
report_as offsite-backup-sync offsite_sync
remote true
report_the_future < <(remote ls -1 "$OFFSITE_DIRECTORY/pve-backup/points" 2>/dev/null | grep -E '^[0-9]{4}-.*T[0-9]{6}$')

# Renamed before it is read, so that nothing is lost in between; kept until all of it has arrived.
if [ -e "$STATE/changes" ]; then
	mv "$STATE/changes" "$STATE/changes.$(date +%s)"
	# The tracker opens the log for each entry: one that it had open at the rename is written after this.
	sleep 1
fi
logs=("$STATE"/changes.*)

month=$(date +%Y-%m)
started=$(date +%Y-%m-%dT%H%M%S)
for tree in $TREES; do
	read -r full files < <(cat "$STATE/tree.${tree%%=*}" 2>/dev/null || echo never 0)
	if [ "$full" = "$month" ]; then
		attempt sync_changes "${tree%%=*}" "${tree#*=}" "$files"
	else
		attempt sync_all "${tree%%=*}" "${tree#*=}"
	fi
done
if [ "$failed" -eq 0 ]; then rm -f "${logs[@]}"; fi
attempt send_point
log "$failed failures, $refused of them for too much loss"
[ "$failed" -eq 0 ]
