#!/bin/bash
# Pushes what waits in Postfix' queue, again and again: how many messages by queue, and how long the oldest has waited.
#
# Half an answer is none: a listing that breaks off, fails, takes too long or says what is not known here pushes nothing,
# and the time of the last success grows old.
#
# Environment: INFRA_PUSHGATEWAY (base URL), INFRA_QUEUE_JOB (name of the job), INFRA_QUEUE_SECONDS (between two looks).
set -uo pipefail

# shellcheck disable=SC2016 # the program's own variables
program='
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

measure() {
	timeout 60 postqueue -j 2>/dev/null | jq -nr --argjson now "$(date +%s)" "$program" 2>/dev/null
}

while :; do
	# At first, too: Postfix may not be up yet, and postqueue complains of that in the log.
	sleep "$INFRA_QUEUE_SECONDS"
	if metrics=$(measure); then
		curl --fail --silent --output /dev/null --max-time 10 --request PUT --data-binary "$metrics"$'\n' \
			"$INFRA_PUSHGATEWAY/metrics/job/$INFRA_QUEUE_JOB" || true
	fi
done
