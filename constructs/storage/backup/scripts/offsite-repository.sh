# shellcheck shell=bash
# shellcheck disable=SC2154 # settings, see common.sh
# The repository at the other place, a restic(1) one, for offsite.sh and offsite-backup.sh on this side, and for retain.sh on
# that one; each sources it and sets repository, the command that opens it.
#
# A snapshot is one part of a restore point, or one exported tree. It has two tags: TIME and PART. A snapshot whose PART is
# doubtful/ID says that another one is not to be relied on: it lacks files, or lost too many. Nothing that has arrived can be
# changed there, so that this is said by a further snapshot.

# The unit decrypts the password for its program alone (systemd.exec(5), credentials). Without one it is asked for.
if [ -n "${CREDENTIALS_DIRECTORY-}" ]; then export RESTIC_PASSWORD_FILE=$CREDENTIALS_DIRECTORY/offsite-key; fi
export RESTIC_CACHE_DIR=$STATE/restic

# ask ARGUMENT ...: asks the repository. Why it is not reached, ssh says; restic may end before it has passed that on.
ask() {
	local status=0
	"${repository[@]}" "$@" || status=$?
	# shellcheck disable=SC2086 # a command with its arguments
	if [ "$status" -ne 0 ] && [ -n "${OFFSITE_PROGRAM-}" ]; then $OFFSITE_PROGRAM </dev/null >/dev/null || :; fi
	return "$status"
}

# Locks of runs that were killed; those of others are never removed.
unlock() {
	ask --quiet unlock
}

# list_snapshots: TIME, PART and ID of each, by tabs, the oldest first.
list_snapshots() {
	# Others may ask at the same time.
	local answer=$STATE/snapshots.$BASHPID
	ask snapshots --json >"$answer"
	sqlite3 -cmd '.mode tabs' :memory: "
		SELECT json_extract(value, '\$.tags[0]') AS time, json_extract(value, '\$.tags[1]') AS part, json_extract(value, '\$.id')
		FROM json_each(readfile('$answer')) WHERE part IS NOT NULL ORDER BY time, json_extract(value, '\$.time')"
	rm "$answer"
}

# reliable: reads the same lines, prints those of snapshots that can be restored from.
reliable() {
	awk -F '\t' '
		{ line[NR] = $0; id[NR] = $3; part[NR] = $2 }
		sub(/^doubtful\//, "", $2) { doubtful[$2] = 1 }
		END { for (n = 1; n <= NR; n++) if (part[n] !~ /^doubtful\// && !(id[n] in doubtful)) print line[n] }'
}
