#!/bin/bash
# Writes down what changes in the exported trees: absolute paths, each followed by NUL, in STATE/changes.
#
# A new or moved-in directory is written down as such and stands for all that is in it when the log is read: files
# that appear in it before it is watched raise no event. Deletions are left to the monthly run.
# shellcheck source=common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"
only_once nfs-change-tracker "$@"

# Editors' and NFS' own files, and what belongs to an open database. The swap files of vim begin with a dot.
ignored='(/\.nfs[0-9a-f]+|/\.Trash[^/]*|/\.[^/]*\.sw[a-z]|~|-(shm|wal|journal)|/stats/[^/]*\.stat)$'

roots=()
for tree in $TREES; do roots+=("${tree#*=}"); done

note() {
	printf '%s\0' "$1" >>"$STATE/changes"
}

# What changed while no tracker was running; where it never ran, the monthly run finds it.
catch_up() {
	if [ -e "$STATE/tracker.seen" ]; then
		find "${roots[@]}" -cnewer "$STATE/tracker.seen" ! -type d -print0 >>"$STATE/changes"
	fi
}

beat() {
	touch "$STATE/tracker.seen"
	metric nfs_change_tracker_last_seen_timestamp "$(date +%s)"
	push nfs-change-tracker
}

# watch_over: reads what inotifywait says. From the moment that it watches there is a heartbeat every five minutes, and
# none once it has ended.
watch_over() {
	local line status watching=no
	while :; do
		status=0
		IFS= read -r -t 300 line || status=$?
		# Above 128: the time is over (bash(1), read); otherwise the end of its output.
		if [ "$status" -eq 0 ]; then
			log "$line"
			case $line in
			*'Watches established'*) watching=yes && catch_up ;;
			*) continue ;;
			esac
		elif [ "$status" -le 128 ]; then
			return
		fi
		if [ "$watching" = yes ]; then beat; fi
	done
}

last=
while IFS= read -r -d '' record; do
	events=${record%% *} path=${record#* }
	case ,$events, in
	*,ISDIR,*)
		case ,$events, in
		*,CREATE,* | *,MOVED_TO,*) note "$path" ;;
		esac
		last=
		;;
	*)
		# A long write is many events in a row.
		if [ "$path" != "$last" ]; then note "$path"; fi
		last=$path
		;;
	esac
done < <(
	exec inotifywait --monitor --recursive --exclude "$ignored" --format '%e %w%f%0' --no-newline \
		--event create --event modify --event attrib --event close_write --event moved_to "${roots[@]}" \
		2> >(watch_over)
)
log 'inotifywait has ended'
exit 1
