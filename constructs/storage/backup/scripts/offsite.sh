#!/bin/bash
# Brings everything to another place: the newest restore point, and the exported trees.
#
# Trees: what has changed since the last success, and once a month everything, with deletions. Either way a run that
# would remove or overwrite too many files there changes nothing and fails; --allow-loss lets one run through.
# Owners and modes are kept in extended attributes there (rsync --fake-super): the account need not be root.
# shellcheck source=common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"
only_once offsite-sync-backup "$@"

# Losses up to this number of files are never suspicious.
tolerated_loss=50
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
	rsync --archive --hard-links --numeric-ids --no-human-readable --stats --remote-option=--fake-super \
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

# stop_on_loss TREE LOST PRESENT: ends with 3 when a run would lose more than the tolerated share of a tree's files.
stop_on_loss() {
	if [ "$allow_loss" = yes ] || [ "$2" -le "$tolerated_loss" ] || [ $(($2 * 100)) -le $(($3 * LOSS_PERCENT)) ]; then
		return 0
	fi
	log "$1: $2 of $3 files there would be removed or overwritten, more than $LOSS_PERCENT %: nothing was changed." \
		"If that is right: $0 --allow-loss"
	exit 3
}

# sync_all TREE DIRECTORY: everything, deletions included.
sync_all() {
	local target=$OFFSITE_LOGIN:$OFFSITE_DIRECTORY/$1/ report files created deleted sent
	remote mkdir -p "$OFFSITE_DIRECTORY/$1"
	report=$(transfer --dry-run --delete "$2/" "$target")
	files=$(figure "$report" 'Number of files')
	created=$(figure "$report" 'Number of created files')
	deleted=$(figure "$report" 'Number of deleted files')
	sent=$(figure "$report" 'Number of regular files transferred')
	stop_on_loss "$1" $((sent - created + deleted)) $((files - created + deleted))
	# Bounded once more, by what was announced: the tree may be emptied while it is being read. Directories count.
	transfer --delete --max-delete $((deleted * 2 + tolerated_loss)) "$2/" "$target" >/dev/null
	printf '%s %s\n' "$month" "$files" >"$STATE/tree.$1"
}

# sync_changes TREE DIRECTORY FILES: what the change logs name, directories with all that is in them.
sync_changes() {
	local list=$STATE/list.$1 report sent created
	changed_in "$2" >"$list"
	# What is gone by now is no error: much of what programs write is temporary.
	local changes=(--recursive --from0 --files-from "$list" --ignore-missing-args "$2/"
		"$OFFSITE_LOGIN:$OFFSITE_DIRECTORY/$1/")
	if [ -s "$list" ]; then
		report=$(transfer --dry-run "${changes[@]}")
		sent=$(figure "$report" 'Number of regular files transferred')
		created=$(figure "$report" 'Number of created files')
		stop_on_loss "$1" $((sent - created)) "$3"
		transfer "${changes[@]}" >/dev/null
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
