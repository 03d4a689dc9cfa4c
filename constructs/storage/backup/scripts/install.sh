#!/bin/sh
# Installs the files beside it (root/...) and starts the timers; run on the machine that they are for, as root.
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
	while read -r program; do
		command -v "$program" >/dev/null || { echo "$program is not installed" >&2 && exit 1; }
	done <../needs
	files | while read -r file; do
		install -D -m "$(stat -c %a ".$file")" ".$file" "${DESTDIR-}$file"
	done
	systemctl daemon-reload
	(cd etc/systemd/system && systemctl enable --now -- *.timer)
	# A service of earlier installations.
	if systemctl disable --now nfs-change-tracker.service 2>/dev/null; then
		rm -f "${DESTDIR-}/etc/systemd/system/nfs-change-tracker.service"
	fi
	;;
*)
	sed -n 's/^#   //p' "$0" >&2
	exit 2
	;;
esac
