# shellcheck shell=bash
# shellcheck disable=SC2154 # VOLUME_GROUP and scratch are those of common.sh
# Mounts a logical volume at SCRATCH/volume, for copy.sh, restore.sh and prove.sh, which source it.

mount_point=$scratch/volume
opened=
mapper=
# The unit decrypts the key for its program alone (systemd.exec(5), credentials). Without one it is asked for.
key_file=${CREDENTIALS_DIRECTORY:+$CREDENTIALS_DIRECTORY/luks-key}
key_file=${key_file:-${LUKS_KEY_FILE-}}

mapper_of() {
	printf 'backup-%s' "$(printf '%s' "$1" | sha256sum | cut -c 1-16)"
}

# close_left: releases what a run that was killed has left open: it can neither be removed nor opened again.
close_left() {
	[ -s "$scratch/opened" ] || return 0
	opened=$(cat "$scratch/opened")
	mapper=$(mapper_of "$opened")
	log "$opened was left open by a run that was killed"
	while mountpoint --quiet "$mount_point"; do umount "$mount_point"; done
	if ! logical_volumes | has_line "$opened"; then opened=; fi
	release
}

# open_volume NAME ro|rw: the journal of a file system is replayed either way, which writes: hence no noload.
open_volume() {
	local device=/dev/$VOLUME_GROUP/$1
	close_left
	printf '%s' "$1" >"$scratch/opened"
	opened=$1
	lvchange --quiet --activate y --ignoreactivationskip "$VOLUME_GROUP/$opened"
	if cryptsetup isLuks "$device"; then
		mapper=$(mapper_of "$opened")
		cryptsetup open --type luks2 ${key_file:+--key-file "$key_file"} "$device" "$mapper"
		device=/dev/mapper/$mapper
	fi
	mkdir -p "$mount_point"
	timeout 60 mount -o "$2,nodev,nosuid,noexec" "$device" "$mount_point"
}

# require_open: what was unmounted meanwhile looks like an empty volume.
require_open() {
	if mountpoint --quiet "$mount_point"; then return; fi
	log "$opened was unmounted meanwhile"
	exit 1
}

# release: undoes open_volume, from whichever step it stopped at.
release() {
	if mountpoint --quiet "$mount_point"; then umount "$mount_point"; fi
	if [ -n "$mapper" ] && [ -e "/dev/mapper/$mapper" ]; then cryptsetup close "$mapper"; fi
	if [ -n "$opened" ]; then lvchange --quiet --activate n "$VOLUME_GROUP/$opened"; fi
	rm -f "$scratch/opened"
	opened='' mapper=''
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
	# shellcheck disable=SC2034
	isolated_status=$?
	set -e
}
