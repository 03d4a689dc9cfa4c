#!/bin/sh
# Proves that the newest backup comes back, and tells Prometheus when that was shown last.
#
# The program restores COPY, the path of a copy, to WORK_DIR, compares what came back, and prints as its last line how many
# things it has compared, and what they are: "504 keys". Nothing compared is nothing proven, and so is a copy that is older
# than MAX_AGE seconds: the backups have stopped, or this is not where they go.
#
# Environment: JOB_NAME, KIND (of data), PUSHGATEWAY (http://host:port), BACKUP_DIR, COPY_NAME (of a copy there, as a format of
# date), MAX_AGE, WORK_DIR. Arguments: the program and its arguments. A success that cannot be told is a failure.
set -eu
export LC_ALL=C TZ=UTC0

refuse() {
	echo "$1" >&2
	exit 1
}

start=$(date +%s)
digits=$(echo "$COPY_NAME" | sed 's/%[YG]/[0-9][0-9][0-9][0-9]/g; s/%[A-Za-z]/[0-9][0-9]/g')
COPY=$(find "$BACKUP_DIR" -mindepth 1 -maxdepth 1 -name "$digits" | sort | tail -n 1)
[ -n "$COPY" ] || refuse "$BACKUP_DIR has no copy: has there been a backup, and is its disk mounted at the NFS server?"
age=$((start - $(stat -c %Y "$COPY")))
[ "$age" -ge -3600 ] || refuse "$COPY is of the future: correct the clock, and remove it"
[ "$age" -le "$MAX_AGE" ] || refuse "$COPY is $((age / 3600)) hours old: no backup has come since"

export COPY
"$@" >"$WORK_DIR/result"
compared=$(tail -n 1 "$WORK_DIR/result")
count=${compared%% *}
case $count in
'' | *[!0-9]*) refuse "\"$compared\" is no number of things that were compared" ;;
esac
[ "$count" -gt 0 ] || refuse "$COPY: nothing was compared"
echo "$COPY comes back: $compared"

printf '%s\n' "backup_restore_verified_timestamp{kind=\"$KIND\"} $(date +%s)" \
	"backup_restore_compared{kind=\"$KIND\"} $count" >"$WORK_DIR/result"
for delay in 1 5 10 0; do
	if wget -q -O /dev/null -T 10 --post-file="$WORK_DIR/result" "$PUSHGATEWAY/metrics/job/$JOB_NAME"; then
		exit 0
	fi
	sleep "$delay"
done
refuse "$PUSHGATEWAY does not take the metrics"
