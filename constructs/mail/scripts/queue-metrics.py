#!/usr/bin/python3 -I
"""Prints as metrics what a program of the mail server lists; nothing at all of what is not known here.

Argument: what the input lists, `queue` (postqueue -j: a message in each line) or `mailboxes` (in each line an account, a
tab, and what doveadm -f json quota get says of it).
"""

import json
import sys
import time

QUEUES = ("maildrop", "incoming", "active", "deferred", "hold")


def queue(lines, now):
    messages = dict.fromkeys(QUEUES, 0)
    oldest = now
    for mail in map(json.loads, lines):
        messages[mail["queue_name"]] += 1
        oldest = min(oldest, mail["arrival_time"])
    for name, count in messages.items():
        yield f'mail_queue_messages{{queue="{name}"}} {count}'
    yield f"mail_queue_oldest_seconds {now - oldest}"
    yield f"mail_queue_last_success_timestamp {now}"


def mailboxes(lines, now):
    limited = 0
    for account, quota in (line.split("\t", 1) for line in lines):
        for resource in json.loads(quota):
            if resource["type"] != "STORAGE":
                continue
            limited += 1
            # Dovecot counts in KiB.
            for of, field in ("used", "value"), ("limit", "limit"):
                yield f'mail_mailbox_{of}_bytes{{account="{account}"}} {int(resource[field]) * 1024}'
    if limited == 0:
        raise ValueError("no mailbox has a limit")
    yield f"mail_mailbox_last_success_timestamp {now}"


if __name__ == "__main__":
    [_, what] = sys.argv
    try:
        metrics = [*{"queue": queue, "mailboxes": mailboxes}[what](sys.stdin, int(time.time()))]
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        sys.exit(f"queue-metrics: nothing is told of the {what}: {error!r}")
    print("\n".join(metrics))
