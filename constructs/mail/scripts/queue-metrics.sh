#!/bin/bash
# Pushes what waits in Postfix' queue, again and again: how many messages by queue, and how long the oldest has waited; and,
# with quotas, what each mailbox that has a limit uses of it.
#
# Half an answer is none: a listing that breaks off, fails, takes too long or says what is not known here pushes nothing,
# and the time of the last success grows old.
#
# Environment: INFRA_PUSHGATEWAY (base URL), INFRA_QUEUE_JOB (name of the job), INFRA_QUEUE_SECONDS (between two looks);
# INFRA_CONFIG_DIR (holds queue-metrics.py, and with quotas account-fields: accounts with a limit, first in each line);
# with quotas INFRA_QUOTA_JOB (name of the job that tells them).
set -uo pipefail

list_queue() {
	timeout 60 postqueue -j
}

# Of every account that has a limit.
list_mailboxes() {
	local account quota
	while read -r account _; do
		quota=$(timeout 20 doveadm -f json quota get -u "$account" </dev/null) || return
		printf '%s\t%s\n' "$account" "$quota"
	done <"$INFRA_CONFIG_DIR/account-fields"
}

# tell JOB WHAT COMMAND: pushes the metrics of what the command lists
tell() {
	local metrics
	metrics=$("$3" 2>/dev/null | "$INFRA_CONFIG_DIR/queue-metrics.py" "$2") || return
	curl --fail --silent --output /dev/null --max-time 10 --request PUT --data-binary "$metrics"$'\n' \
		"$INFRA_PUSHGATEWAY/metrics/job/$1"
}

while :; do
	# At first, too: Postfix may not be up yet, and postqueue complains of that in the log.
	sleep "$INFRA_QUEUE_SECONDS"
	tell "$INFRA_QUEUE_JOB" queue list_queue || true
	if [ -n "${INFRA_QUOTA_JOB:-}" ]; then tell "$INFRA_QUOTA_JOB" mailboxes list_mailboxes || true; fi
done
