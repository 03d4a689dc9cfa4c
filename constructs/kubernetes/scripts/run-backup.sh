#!/bin/sh
# Runs a backup program, gives old copies up, and tells Prometheus how it went.
#
# The program writes one copy below BACKUP_DIR, under the name that date(1) makes of COPY_NAME, and prints its path as
# its last line. A copy that is missing or empty is a failed run. Copies are given up only after a good one was made:
# those older than RETENTION_DAYS, and never one of the newest KEEP_COPIES. Empty ones do not count as copies, nor do
# names of the future, which a clock that ran ahead has left: those stay, and are reported.
#
# Environment: JOB_NAME, PUSHGATEWAY (http://host:port), BACKUP_DIR, COPY_NAME, RETENTION_DAYS, KEEP_COPIES. Arguments:
# the program and its arguments. A push that fails is tried again and then reported, it never fails the backup.
set -eu
# The program gets them as well: names are those of UTC, whatever zone an image has.
export LC_ALL=C TZ=UTC0

# A counter of this shell and of the children that it has waited for (proc(5), /proc/pid/io).
io() {
	sed -n "s/^$1: //p" "/proc/$$/io"
}

# Bytes of the files of a copy; 0 when there is none.
bytes_of() {
	if [ -e "$1" ]; then find "$1" -type f -exec stat -c %s {} +; fi | awk '{ sum += $1 } END { printf "%.0f\n", sum }'
}

# Every copy, the newest first: "ahead", "young" or "old", and its path.
copies() {
	digits=$(echo "$COPY_NAME" | sed 's/%[YG]/[0-9][0-9][0-9][0-9]/g; s/%[A-Za-z]/[0-9][0-9]/g')
	find "$BACKUP_DIR" -mindepth 1 -maxdepth 1 -name "$digits" | sort -r |
		awk -v latest="$(date -d "@$(($1 + 3600))" "+$COPY_NAME")" \
			-v oldest="$(date -d "@$(($1 - RETENTION_DAYS * 86400))" "+$COPY_NAME")" '{
				name = $0
				sub(".*/", "", name)
				print (name "" > latest "" ? "ahead" : name "" > oldest "" ? "young" : "old") " " $0
			}'
}

# Reads what copies prints.
give_up_old() {
	kept=0
	while read -r age copy; do
		if [ "$age" = ahead ]; then
			echo "$copy is of the future: it does not count, and stays until somebody looks at it" >&2
		elif [ "$(bytes_of "$copy")" -eq 0 ]; then
			echo "$copy is empty: it does not count" >&2
			if [ "$age" = old ]; then rm -rf "$copy"; fi
		elif [ "$kept" -lt "$KEEP_COPIES" ] || [ "$age" = young ]; then
			kept=$((kept + 1))
		else
			rm -rf "$copy"
		fi
	done
}

if ! [ "$RETENTION_DAYS" -ge 1 ] || ! [ "$KEEP_COPIES" -ge 1 ]; then
	echo "RETENTION_DAYS=$RETENTION_DAYS, KEEP_COPIES=$KEEP_COPIES: expected whole numbers, at least 1" >&2
	exit 2
fi

start=$(date +%s)
read_before=$(io read_bytes)
written_before=$(io write_bytes)

result=$(mktemp)
trap 'rm -f "$result"' EXIT
"$@" >"$result"
output=$(tail -n 1 "$result")
size=$(bytes_of "$output")
if [ "$size" -eq 0 ]; then
	echo "the backup \"$output\" is missing or empty" >&2
	exit 1
fi

end=$(date +%s)
copies "$end" >"$result"
give_up_old <"$result"
metrics="backup_duration_seconds $((end - start))
backup_read_bytes $(($(io read_bytes) - read_before))
backup_written_bytes $(($(io write_bytes) - written_before))
backup_output_bytes $size
backup_names_ahead $(grep -c '^ahead ' "$result" || true)
backup_last_success_timestamp $end
"
echo "$output"
printf '%s' "$metrics" | tee "$result"

for delay in 1 5 10 0; do
	if wget -q -O /dev/null -T 10 --post-file="$result" "$PUSHGATEWAY/metrics/job/$JOB_NAME"; then
		exit 0
	fi
	sleep "$delay"
done
echo "$PUSHGATEWAY does not take the metrics; the backup itself is complete" >&2
