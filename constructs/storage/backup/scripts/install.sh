#!/bin/sh
# Installs the files beside it (root/...) on the storage host and starts the timers; run there, as root.
#
#   ./install.sh            install and start
#   ./install.sh --check    compare only: prints what differs, exit code 1 when something does
set -eu
cd "$(dirname "$0")/root"

files() {
	find . -type f | sed 's|^\.||' | sort
}

case ${1-} in
--check)
	differing=$(files | while read -r file; do
		if ! cmp -s ".$file" "${DESTDIR-}$file"; then
			echo "$file: $([ -e "${DESTDIR-}$file" ] && echo differs || echo missing)"
		elif [ "$(stat -c %a ".$file")" != "$(stat -c %a "${DESTDIR-}$file")" ]; then
			echo "$file: mode is $(stat -c %a "${DESTDIR-}$file"), expected $(stat -c %a ".$file")"
		fi
	done)
	[ -z "$differing" ] || { echo "$differing" && exit 1; }
	;;
'')
	for program in curl cryptsetup inotifywait kubectl lvs rsync sqlite3 ssh; do
		command -v "$program" >/dev/null || { echo "$program is not installed" >&2 && exit 1; }
	done
	files | while read -r file; do
		install -D -m "$(stat -c %a ".$file")" ".$file" "${DESTDIR-}$file"
	done
	systemctl daemon-reload
	(cd etc/systemd/system && systemctl enable --now -- *.timer)
	systemctl enable nfs-change-tracker.service
	systemctl restart nfs-change-tracker.service
	;;
*)
	sed -n 's/^#   //p' "$0" >&2
	exit 2
	;;
esac
