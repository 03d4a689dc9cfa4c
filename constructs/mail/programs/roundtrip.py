"""Proves that mail arrives: sends one through the relay's HTTP API, waits for it by IMAP, deletes it, reports.

It also logs in at every listener that clients of the outside world use. The relay delivers over the public MX, so a
run exercises the whole path that foreign mail takes.

Environment (a missing or empty value is an error), besides that of mail_session.py:
  RELAY_URL, RELAY_API_KEY     HTTP API of the relay and its key
  SENDER, RECIPIENT            addresses of the probe; the recipient's mail is delivered to MAILBOX
  LISTENERS                    JSON list of {"name", "protocol": "imap" | "submission", "tls": "implicit" | "required",
                               "host", "port"}: where the account must be able to log in
  WINDOW_SECONDS, POLL_SECONDS time in which the mail must arrive, and between two looks
  UPTIME_URL                   push address of the uptime monitor, which hears of successes only

Exit code 0 when the mail arrived, every login worked and one of the two places took the report; else 1.
"""

import imaplib
import json
import secrets
import smtplib
import sys
import time
import urllib.parse
import urllib.request

from mail_session import CONNECT_SECONDS, Imap, inbox, push, request, required, tls_context

SUBJECT_PREFIX = "e2e-probe"


class Submission(smtplib.SMTP):
    """SMTP to a host whose certificate carries SERVER_NAME, TLS from the first byte or after STARTTLS."""

    def __init__(self, host, port, implicit):
        self.implicit = implicit
        super().__init__(host, port, timeout=CONNECT_SECONDS)
        if not implicit:
            # What starttls() compares the certificate with.
            self._host = required("SERVER_NAME")
            self.starttls(context=tls_context())

    def _get_socket(self, host, port, timeout):
        plain = super()._get_socket(host, port, timeout)
        if not self.implicit:
            return plain
        return tls_context().wrap_socket(plain, server_hostname=required("SERVER_NAME"))


def send(marker):
    """Hands the probe to the relay. Raises unless the API accepts it."""
    body = {
        "sender": {"name": "Monitoring", "email": required("SENDER")},
        "to": [{"email": required("RECIPIENT")}],
        "subject": f"[E2E Monitor] {marker}",
        "textContent": f"Round trip of mail, marker {marker}.",
    }
    headers = {"api-key": required("RELAY_API_KEY"), "content-type": "application/json"}
    call = urllib.request.Request(required("RELAY_URL"), json.dumps(body).encode(), headers)
    with urllib.request.urlopen(call, timeout=30):
        pass


def received(marker):
    """Whether the probe is there. Removes it then, with those that earlier runs left behind."""
    imap = inbox()
    try:
        if not imap.search(None, "SUBJECT", marker)[1][0]:
            return False
        try:
            for number in imap.search(None, "SUBJECT", SUBJECT_PREFIX)[1][0].split():
                imap.store(number, "+FLAGS", "\\Deleted")
            imap.expunge()
        except (imaplib.IMAP4.error, OSError) as error:
            print(f"the probe arrived and could not be removed: {error}", flush=True)
        return True
    finally:
        imap.shutdown()


def arrives(marker):
    """Looks until the probe is there or the window has passed."""
    deadline = time.monotonic() + float(required("WINDOW_SECONDS"))
    while time.monotonic() < deadline:
        time.sleep(min(float(required("POLL_SECONDS")), max(0.0, deadline - time.monotonic())))
        try:
            if received(marker):
                return True
        except (imaplib.IMAP4.error, OSError) as error:
            print(f"cannot read {required('MAILBOX')}: {error}", flush=True)
    return False


def round_trip():
    marker = f"{SUBJECT_PREFIX}-{secrets.token_hex(6)}"
    try:
        send(marker)
    except OSError as error:
        print(f"the relay does not take the probe: {error}", flush=True)
        return False
    return arrives(marker)


def login_works(listener):
    """Logs in at one public listener, as a client of the outside world would."""
    host, port = listener["host"], listener["port"]
    try:
        if listener["protocol"] == "imap":
            Imap(host, port).logout()
        else:
            with Submission(host, port, listener["tls"] == "implicit") as client:
                client.login(required("MAILBOX"), required("MAILBOX_PASSWORD"))
        return True
    except (imaplib.IMAP4.error, smtplib.SMTPException, OSError) as error:
        print(f"no login at {listener['name']} ({host}:{port}): {error}", flush=True)
        return False


def main():
    monitor = required("UPTIME_URL")
    listeners = json.loads(required("LISTENERS"))
    start = time.monotonic()
    success = round_trip()
    duration = time.monotonic() - start
    logins = {listener["name"]: login_works(listener) for listener in listeners}

    # A failure leaves out the time of the last success, so that the old one stays and grows old.
    pushed = push(
        {
            "email_roundtrip_success": int(success),
            "email_roundtrip_duration_seconds": round(duration, 1),
            **({"email_roundtrip_last_success_timestamp": int(time.time())} if success else {}),
            **{f'email_login_success{{listener="{name}"}}': int(works) for name, works in logins.items()},
        }
    )
    if not success or not all(logins.values()):
        return 1
    query = urllib.parse.urlencode({"status": "up", "msg": "OK", "ping": int(duration)})
    told = request(f"{monitor}?{query}")
    return 0 if pushed or told else 1


if __name__ == "__main__":
    sys.exit(main())
