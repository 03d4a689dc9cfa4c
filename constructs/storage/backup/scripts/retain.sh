#!/bin/bash
# Retention, at the other place, with a key of its own: gives up what is superseded, and the space that it took.
#
# What counts is when a snapshot arrived, by this machine's clock. Its own time is what the other side says, and whoever owns
# that must not age good copies by sending others. Each part is judged for itself; doubtful snapshots supersede none but
# each other.
# shellcheck source=common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"
# shellcheck source=offsite-repository.sh
. "$(dirname "$(readlink -f "$0")")/offsite-repository.sh"
only_once offsite-retention "$@"

# shellcheck disable=SC2153
repository=(restic --repo "$REPOSITORY")

# arrivals: TIME/PART and ID of each snapshot, by tabs, with the time at which it arrived.
arrivals() {
	local part id doubtful
	doubtful=$(sed -n 's|^[^\t]*\tdoubtful/\([^\t]*\).*|\1|p' "$STATE/all")
	while IFS=$'\t' read -r _ part id; do
		if has_line "$id" <<<"$doubtful"; then part=doubtful/$part; fi
		printf '%s/%s\t%s\n' "$(date -r "$REPOSITORY/snapshots/$id" +%Y-%m-%dT%H%M%S)" "$part" "$id"
	done < <(grep -v $'\tdoubtful/' "$STATE/all")
}

# given_up: snapshots that are superseded, and what was said about them.
given_up() {
	local name id
	cut -f 1 "$STATE/arrivals" | superseded "$OFFSITE_DAILY" "$OFFSITE_WEEKLY" "$OFFSITE_MONTHLY" >"$STATE/superseded"
	while IFS=$'\t' read -r name id; do
		if ! has_line "$name" <"$STATE/superseded"; then continue; fi
		printf '%s\n' "$id"
		awk -F '\t' -v about="doubtful/$id" '$2 == about { print $3 }' "$STATE/all"
	done <"$STATE/arrivals"
}

clean_up() {
	metric offsite_retention_snapshots "$kept"
	metric offsite_retention_disk_used_pct "$(df --output=pcent "$REPOSITORY" | tr -dc 0-9)"
}

kept=0
report_as offsite-retention offsite_retention
unlock
list_snapshots >"$STATE/all"
arrivals >"$STATE/arrivals"
given_up >"$STATE/given-up"
mapfile -t ids <"$STATE/given-up"
if [ "${#ids[@]}" -gt 0 ]; then "${repository[@]}" --quiet forget "${ids[@]}" >&2; fi
"${repository[@]}" --quiet prune >&2
"${repository[@]}" --quiet check >&2
kept=$(($(wc -l <"$STATE/all") - ${#ids[@]}))
log "${#ids[@]} snapshots given up, $kept kept"
