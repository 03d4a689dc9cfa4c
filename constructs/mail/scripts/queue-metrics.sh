#!/bin/bash
# Pushes what waits in Postfix' queue, again and again: how many messages by queue, and how long the oldest has waited; and,
# with quotas, what each mailbox that has a limit uses of it.
#
# Half an answer is none: a listing that breaks off, fails, takes too long or says what is not known here pushes nothing,
# and the time of the last success grows old.
#
# Environment: INFRA_PUSHGATEWAY (base URL), INFRA_QUEUE_JOB (name of the job), INFRA_QUEUE_SECONDS (between two looks);
# with quotas INFRA_QUOTA_JOB (name of the job that tells them) and INFRA_CONFIG_DIR (account-fields: accounts with a limit, first
# in each line).
set -uo pipefail

# shellcheck disable=SC2016 # the program's own variables
queue='
	reduce inputs as $mail (
		{messages: {maildrop: 0, incoming: 0, active: 0, deferred: 0, hold: 0}, oldest: $now};
		if .messages[$mail.queue_name | strings] == null then error("an unknown queue") else . end
		| .messages[$mail.queue_name] += 1
		| .oldest = ([.oldest, ($mail.arrival_time | numbers) // error("no time of arrival")] | min)
	)
	| (.messages | to_entries[] | "mail_queue_messages{queue=\"\(.key)\"} \(.value)"),
		"mail_queue_oldest_seconds \($now - .oldest)",
		"mail_queue_last_success_timestamp \($now)"
'

# Dovecot counts in KiB.
# shellcheck disable=SC2016 # the program's own variables
mailboxes='
	[inputs | .account as $account | .quota[] | select(.type == "STORAGE")
		| {$account, used: (.value | tonumber), limit: (.limit | tonumber)}]
	| if . == [] then error("no mailbox has a limit") else . end
	| (.[] | "mail_mailbox_used_bytes{account=\"\(.account)\"} \(.used * 1024)",
			"mail_mailbox_limit_bytes{account=\"\(.account)\"} \(.limit * 1024)"),
		"mail_mailbox_last_success_timestamp \($now)"
'

list_queue() {
	timeout 60 postqueue -j
}

# Of every account that has a limit.
list_mailboxes() {
	local account
	while read -r account _; do
		timeout 20 doveadm -f json quota get -u "$account" </dev/null |
			jq -c --arg account "$account" '{$account, quota: .}' || return
	done <"$INFRA_CONFIG_DIR/account-fields"
}

# tell JOB PROGRAM COMMAND: pushes what the program makes of the output of the command
tell() {
	local metrics
	metrics=$("$3" 2>/dev/null | jq -nr --argjson now "$(date +%s)" "$2" 2>/dev/null) || return
	curl --fail --silent --output /dev/null --max-time 10 --request PUT --data-binary "$metrics"$'\n' \
		"$INFRA_PUSHGATEWAY/metrics/job/$1"
}

while :; do
	# At first, too: Postfix may not be up yet, and postqueue complains of that in the log.
	sleep "$INFRA_QUEUE_SECONDS"
	tell "$INFRA_QUEUE_JOB" "$queue" list_queue || true
	if [ -n "${INFRA_QUOTA_JOB:-}" ]; then tell "$INFRA_QUOTA_JOB" "$mailboxes" list_mailboxes || true; fi
done
