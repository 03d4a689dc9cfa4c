# shellcheck shell=bash
# Names that begin with a time, YYYY-MM-DDTHHMMSS in UTC, and which of them retention gives up, for common.sh, which sources
# it.

# latest: the time an hour from now, as names have it. Later ones are of a clock that has run ahead.
latest() {
	date -d '1 hour' +%Y-%m-%dT%H%M%S
}

# of_the_past: reads names that begin with a time, prints those that are no later than in an hour.
of_the_past() {
	awk -v latest="$(latest)" 'substr($0, 1, 17) "" <= latest ""'
}

# unused_time: reads the names that are there, prints the time for a new one: now, or the second after the newest of them where
# that is no earlier. Two runs may end within one second, and clocks are set back: what is made last must sort last, and under a
# name that nothing has.
unused_time() {
	local taken time now
	taken=$(cut -c 1-17 | sort -u)
	now=$(date +%Y-%m-%dT%H%M%S)
	time=$(of_the_past <<<"$taken"$'\n'"$now" | sort | tail -n 1)
	while has_line "$time" <<<"$taken"; do
		time=$(date -d "${time:0:10} ${time:11:2}:${time:13:2}:${time:15:2} UTC 1 second" +%Y-%m-%dT%H%M%S)
	done
	printf '%s\n' "$time"
}

# report_the_future: reads the same names, logs and counts the others. They are never used and never given up.
report_the_future() {
	local names
	names=$(awk -v latest="$(latest)" 'substr($0, 1, 17) "" > latest ""')
	[ -z "$names" ] || log "of the future, and ignored until somebody looks at them:" "${names//$'\n'/ }"
	metric backup_names_ahead "$(wc -w <<<"$names")"
}

# expired DAILY WEEKLY MONTHLY: reads names that begin with YYYY-MM-DD, prints those that retention gives up.
#
# Kept is the newest of each of the last days, ISO weeks and months that have one. It counts copies instead of days, so
# that nothing is given up while no new ones are made, whatever the clock says. Other names are never printed.
expired() {
	local daily=$1 weekly=$2 monthly=$3 name day week month kept
	local -A days=() weeks=() months=()
	grep -E '^[0-9]{4}-[0-9]{2}-[0-9]{2}' | sort -r | while IFS= read -r name; do
		day=${name:0:10} month=${name:0:7}
		# %G belongs to %V: the year of the week, which differs from that of the day around New Year.
		week=$(date -d "$day" +%G-W%V)
		kept=
		if [ -z "${days[$day]-}" ] && [ "${#days[@]}" -lt "$daily" ]; then days[$day]=1 kept=1; fi
		if [ -z "${weeks[$week]-}" ] && [ "${#weeks[@]}" -lt "$weekly" ]; then weeks[$week]=1 kept=1; fi
		if [ -z "${months[$month]-}" ] && [ "${#months[@]}" -lt "$monthly" ]; then months[$month]=1 kept=1; fi
		[ -n "$kept" ] || printf '%s\n' "$name"
	done || true
}

# Prints what retention counts, as TIME/PART, of the restore points in the working directory: for sh, here or there.
# shellcheck disable=SC2016,SC2034 # for the shell that runs it
list_parts='
	at="????-??-??T??????"
	for part in $at/host $at/appliances/* $at/volumes/*/* $at/sqlite/*/*; do
		if [ -e "$part" ]; then printf "%s\n" "$part"; fi
	done
'

# superseded DAILY WEEKLY MONTHLY: reads TIME/PART, prints those that retention gives up.
#
# A part is what one thing left in a point: the volume of a claim, its databases, the host. Each has a retention of its
# own, so that a night in which it failed pushes none of its good copies out, and its last one is never given up.
superseded() {
	local parts part
	# Of two copies of one second, neither supersedes the other.
	parts=$(of_the_past | sort -u)
	cut -d / -f 2- <<<"$parts" | sort -u | while IFS= read -r part; do
		awk -v part="$part" 'substr($0, 19) == part { print substr($0, 1, 17) }' <<<"$parts" |
			expired "$@" | sed "s|\$|/$part|"
	done
}

# removal DIRECTORY: reads TIME/PART, prints the program for sh that removes them below a directory, here or there, and
# points of which nothing is left. Each is renamed first: a removal that is cut off leaves nothing half under its name.
# shellcheck disable=SC2016 # for the shell that runs it
removal() {
	local part
	printf 'set -e\ncd %q\nrm -rf .expired\nmkdir .expired\n' "$1"
	while IFS= read -r part; do
		printf 'mv %q .expired/%q\n' "$part" "${part//\//_}"
	done
	printf 'rm -rf .expired\n'
	printf '%s\n' 'at="????-??-??T??????"' 'rmdir $at/*/* $at/* $at 2>/dev/null || true'
}
