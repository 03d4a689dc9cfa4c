"""Deletes old mail of the catch-all account, by IMAP, as its owner would: from the inbox, and from the folder to which
mail goes that the filter has marked. What the owner has flagged stays.

Automated mail goes sooner than mail that a person may have written. A message is automated when its header says so:
List-Unsubscribe (RFC 2369), Precedence bulk, list or junk (RFC 2076), or Auto-Submitted auto-... (RFC 3834). Its age
counts from the server's date of receipt, not from the date that the sender claims.

Environment (a missing or empty value is an error), besides that of mail_session.py:
  AUTOMATED_DAYS, OTHER_DAYS   whole days, at least one, after which a message is deleted

Exit code 0 when every message was looked at and every deletion worked; else 1.
"""

import email.parser
import imaplib
import re
import sys
import time

from mail_session import done, places, push, required, session

FIELDS = "(INTERNALDATE BODY.PEEK[HEADER.FIELDS (LIST-UNSUBSCRIBE PRECEDENCE AUTO-SUBMITTED)])"
BATCH = 200


def automated(header):
    fields = email.parser.BytesHeaderParser().parsebytes(header)
    precedence = str(fields.get("precedence", "")).strip().lower()
    submitted = str(fields.get("auto-submitted", "")).strip().lower()
    return "list-unsubscribe" in fields or precedence in ("bulk", "list", "junk") or submitted.startswith("auto-")


def batches(uids):
    return (",".join(uids[start : start + BATCH]) for start in range(0, len(uids), BATCH))


def messages(imap):
    """UID, time of receipt (Unix seconds) and header of every message that nobody has flagged."""
    for batch in batches(done(imap.uid("SEARCH", None, "UNFLAGGED"))[0].decode().split()):
        for part in done(imap.uid("FETCH", batch, FIELDS)):
            if not isinstance(part, tuple):
                continue
            uid = re.search(rb"UID (\d+)", part[0])
            date = imaplib.Internaldate2tuple(part[0])
            if uid is None or date is None:
                raise imaplib.IMAP4.error(f"unexpected answer: {part[0][:80]!r}")
            yield uid.group(1).decode(), time.mktime(date), part[1]


def days_of(name):
    """A number of days. With less than one, all mail would be old."""
    value = required(name)
    if not re.fullmatch("[1-9][0-9]*", value):
        raise SystemExit(f"{name} is {value}: expected whole days, at least 1")
    return int(value)


def delete_old(imap, days, counts):
    old = []
    for uid, received, header in messages(imap):
        kind = "auto" if automated(header) else "human"
        counts["scanned"] += 1
        if time.time() - received > days[kind] * 86400:
            old.append(uid)
            counts[f"{kind}_deleted"] += 1
        else:
            counts["kept"] += 1
    for batch in batches(old):
        done(imap.uid("STORE", batch, "+FLAGS.SILENT", "(\\Deleted)"))
        # UID EXPUNGE (RFC 4315): what somebody else has flagged stays.
        done(imap.uid("EXPUNGE", batch))


def main():
    days = {"auto": days_of("AUTOMATED_DAYS"), "human": days_of("OTHER_DAYS")}
    counts = {"scanned": 0, "auto_deleted": 0, "human_deleted": 0, "kept": 0, "errors": 0}
    try:
        imap = session()
        for place in places(imap):
            done(imap.select(place))
            delete_old(imap, days, counts)
        imap.logout()
    except (imaplib.IMAP4.error, OSError) as error:
        print(f"{required('MAILBOX')} cannot be tidied: {error}", file=sys.stderr)
        counts["errors"] = 1
    metrics = {f"spam_retention_{name}_total": count for name, count in counts.items()}
    if counts["errors"] == 0:
        metrics["spam_retention_last_success_timestamp"] = int(time.time())
    push(metrics)
    return counts["errors"]


if __name__ == "__main__":
    sys.exit(main())
