#!/bin/bash
# Stands in for the programs of the storage host that this machine has no kernel or no peer for. Called by their names,
# it writes each call to LAB/calls and does what the backups see of it:
#
#   LVM       a volume is a directory LAB/lvm/NAME, a snapshot a copy; a call that holds a line of LAB/refuse fails
#   mount     a link to that directory; LAB/live/NAME replaces the snapshot by something that changes
#   ssh       runs the command here, or serves the other place; curl keeps what is pushed in LAB/pushed/JOB; kubectl answers from LAB/kubectl
set -eu
name=${0##*/}
printf '%s\n' "$name $*" >>"$LAB/calls"
# The power fails before or after a call that holds a line of LAB/die: nothing of this run, a group of processes, is left.
if [ -e "$LAB/die" ] && grep -qFf "$LAB/die" <<<"$name $*"; then
	rm "$LAB/die"
	if [ "$(cat "$LAB/when")" = after ]; then (exec -a "$0" "$BASH" "$0" "$@") || true; fi
	kill -9 0
fi
if [ -e "$LAB/refuse" ] && grep -qFf "$LAB/refuse" <<<"$name $*"; then exit 5; fi
last=${*: -1}

case $name in
lvs)
	case $* in
	*data_percent*) cat "$LAB/pool" ;;
	# Open for one more question for each byte of LAB/open.
	*lv_device_open*) if [ -s "$LAB/open" ]; then echo '  open' && truncate -s -1 "$LAB/open"; else echo '  unknown'; fi ;;
	*) find "$LAB/lvm" -mindepth 1 -maxdepth 1 -printf '  %f\n' | sort ;;
	esac
	;;
lvcreate)
	while [ "$1" != --name ]; do shift; done
	cp -a "$LAB/lvm/${last#*/}" "$LAB/lvm/$2"
	;;
lvremove) rm -r "$LAB/lvm/${last#*/}" ;;
lvrename) mv "$LAB/lvm/$2" "$LAB/lvm/$3" ;;
lvchange) ;;
cryptsetup)
	case $1 in
	isLuks) [ -e "$LAB/luks" ] && grep -qF "$(basename "$2" | sed 's/_snap_.*//')" "$LAB/luks" ;;
	open) basename "${*: -2:1}" >"$LAB/opened" ;;
	esac
	;;
mount)
	volume=$(basename "${*: -2:1}")
	case $volume in
	backup-*) volume=$(cat "$LAB/opened") ;;
	esac
	rmdir "$last"
	if [ -e "$LAB/live/${volume%%_snap_*}" ]; then volume=$LAB/live/${volume%%_snap_*}; else volume=$LAB/lvm/$volume; fi
	ln -s "$volume" "$last"
	;;
umount) rm "$last" ;;
mountpoint) [ -L "$last" ] ;;
# A directory with a file .mounted is where a disk is mounted.
stat)
	case $* in
	*%d*)
		while [ "$last" != / ] && [ ! -e "$last/.mounted" ]; do last=$(dirname "$last"); done
		echo "$last"
		;;
	*) exec /usr/bin/stat "$@" ;;
	esac
	;;
ssh)
	# The other place, whose account has one command only, whatever is asked for.
	case $* in
	*\ serve\ restic\ *) INFRA_BACKUP_SETTINGS=$LAB/far-settings exec "$LAB/programs/serve.sh" ;;
	esac
	while [ "${1#-}" != "$1" ]; do shift 2; done
	shift
	exec sh -c "$*"
	;;
curl) cat >>"$LAB/pushed/${last##*/}" ;;
kubectl)
	# shellcheck source=/dev/null
	. "$LAB/kubectl"
	;;
esac
