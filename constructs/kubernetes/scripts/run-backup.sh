#!/bin/sh
# Runs a backup program and tells Prometheus how it went. The program prints the path of its output as its last line.
#
# Environment: JOB_NAME, PUSHGATEWAY (http://host:port). Arguments: the program and its arguments.
# Exit code: the program's. A push that fails is tried again and then reported, it never fails the backup.
set -eu

# A counter of this shell and of the children that it has waited for (proc(5), /proc/pid/io).
io() {
	sed -n "s/^$1: //p" "/proc/$$/io"
}

start=$(date +%s)
read_before=$(io read_bytes)
written_before=$(io write_bytes)

result=$(mktemp)
trap 'rm -f "$result"' EXIT
"$@" >"$result"
output=$(tail -n 1 "$result")

end=$(date +%s)
size=$(du -sk "$output" | cut -f1)
metrics="backup_duration_seconds $((end - start))
backup_read_bytes $(($(io read_bytes) - read_before))
backup_written_bytes $(($(io write_bytes) - written_before))
backup_output_bytes $((size * 1024))
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
