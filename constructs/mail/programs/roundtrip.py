"""Proves that mail arrives and leaves: sends two probes, waits for them by IMAP, deletes them, reports.

One goes in: the relay takes it by its HTTP API and delivers it over the public MX, the way of foreign mail. One goes
out: it is submitted as people submit theirs, and Postfix hands it to the relay although its mailbox is here; the relay
brings it back. What the filter says of it on arrival, others will say too: it must be signed by the domain (DMARC). The
program also logs in at every listener that clients of the outside world use.

Environment (a missing or empty value is an error), besides that of mail_session.py:
  RELAY_URL, RELAY_API_KEY     HTTP API of the relay and its key
  SENDER, RECIPIENT            addresses of the probe in; RECIPIENT gets the probe out too, and its mail goes to MAILBOX
  SUBMISSION                   JSON {"name", "tls", "host", "port"}: where the probe out is submitted
  LISTENERS                    JSON list of {"name", "protocol": "imap" | "submission" | "sieve", "tls": "implicit" | "required",
                               "host", "port"}: where the account must be able to log in
  WINDOW_SECONDS, POLL_SECONDS time in which the mail must arrive, and between two looks
  UPTIME_URL                   push address of the uptime monitor, which hears of successes only

Exit code 0 when both probes arrived, every login worked and one of the two places took the report; else 1.
"""

import base64
import email.message
import email.utils
import imaplib
import json
import re
import secrets
import smtplib
import socket
import sys
import time
import urllib.parse
import urllib.request

from mail_session import CONNECT_SECONDS, Imap, done, places, push, request, required, session, tls_context

SUBJECT_PREFIX = "e2e-probe"


class Submission(smtplib.SMTP):
    """SMTP to a host whose certificate carries SERVER_NAME, TLS from the first byte or after STARTTLS; logged in."""

    def __init__(self, listener):
        self.implicit = listener["tls"] == "implicit"
        super().__init__(listener["host"], listener["port"], timeout=CONNECT_SECONDS)
        if not self.implicit:
            # What starttls() compares the certificate with.
            self._host = required("SERVER_NAME")
            self.starttls(context=tls_context())
        self.login(required("MAILBOX"), required("MAILBOX_PASSWORD"))

    def _get_socket(self, host, port, timeout):
        plain = super()._get_socket(host, port, timeout)
        if not self.implicit:
            return plain
        return tls_context().wrap_socket(plain, server_hostname=required("SERVER_NAME"))


def send_in(marker):
    """Hands a probe to the relay. Raises unless the API accepts it."""
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


def send_out(marker):
    """Submits a probe as the account. Raises unless the server accepts it."""
    message = email.message.EmailMessage()
    message["From"] = required("MAILBOX")
    message["To"] = required("RECIPIENT")
    message["Subject"] = f"[E2E Monitor] {marker}"
    message["Date"] = email.utils.formatdate()
    message["Message-ID"] = f"<{marker}@{required('SERVER_NAME')}>"
    message.set_content(f"Round trip of mail, marker {marker}.\n")
    with Submission(json.loads(required("SUBMISSION"))) as server:
        server.send_message(message)


class Probe:
    """A mail on its way: seconds until it arrived, and what the filter then said of its sender (RFC 8601)."""

    def __init__(self, send, what):
        self.marker = f"{SUBJECT_PREFIX}-{secrets.token_hex(6)}"
        self.start = time.monotonic()
        self.seconds = None
        self.verdict = b""
        try:
            send(self.marker)
            self.sent = True
        except (OSError, smtplib.SMTPException) as error:
            print(f"{what}: {error}", flush=True)
            self.sent = False

    @property
    def success(self):
        return self.seconds is not None

    @property
    def authenticated(self):
        return re.search(rb"\bdmarc=pass\b", self.verdict) is not None


def look(probes):
    """Notes which probes are there."""
    imap = session()
    try:
        for place in places(imap):
            done(imap.select(place))
            for probe in probes:
                for number in done(imap.search(None, "SUBJECT", probe.marker))[0].split():
                    probe.seconds = time.monotonic() - probe.start
                    header = done(imap.fetch(number, "(BODY.PEEK[HEADER.FIELDS (AUTHENTICATION-RESULTS)])"))
                    probe.verdict = b"".join(part[1] for part in header if isinstance(part, tuple))
                    if place != "INBOX":
                        print(f"{probe.marker} is in {place}: the filter has marked it", flush=True)
    finally:
        imap.shutdown()


def wait_for(probes):
    """Looks until the probes are there or the window has passed."""
    deadline = time.monotonic() + float(required("WINDOW_SECONDS"))
    while (missing := [probe for probe in probes if probe.sent and not probe.success]) and time.monotonic() < deadline:
        time.sleep(min(float(required("POLL_SECONDS")), max(0.0, deadline - time.monotonic())))
        try:
            look(missing)
        except (imaplib.IMAP4.error, OSError) as error:
            print(f"cannot read {required('MAILBOX')}: {error}", flush=True)


def remove():
    """Removes the probes, with those that earlier runs left behind."""
    try:
        imap = session()
        for place in places(imap):
            done(imap.select(place))
            for number in done(imap.search(None, "SUBJECT", SUBJECT_PREFIX))[0].split():
                imap.store(number, "+FLAGS", "\\Deleted")
            imap.expunge()
        imap.logout()
    except (imaplib.IMAP4.error, OSError) as error:
        print(f"the probes could not be removed: {error}", flush=True)


def sieve_login(host, port):
    """Logs in to ManageSieve (RFC 5804), which encrypts by STARTTLS. Raises unless the account may."""
    with socket.create_connection((host, port), CONNECT_SECONDS) as plain:
        answer(plain)
        plain.sendall(b"STARTTLS\r\n")
        answer(plain)
        with tls_context().wrap_socket(plain, server_hostname=required("SERVER_NAME")) as secured:
            answer(secured)
            login = f"\0{required('MAILBOX')}\0{required('MAILBOX_PASSWORD')}".encode()
            secured.sendall(b'AUTHENTICATE "PLAIN" "%s"\r\n' % base64.b64encode(login))
            answer(secured)


def answer(connection):
    """Reads up to the line that ends a response. Raises unless it says OK."""
    text = b""
    while not (end := re.search(rb"^(OK|NO|BYE)\b.*\r\n", text, re.MULTILINE)):
        if not (part := connection.recv(4096)):
            raise OSError(f"closed after {text[:80]!r}")
        text += part
    if end[1] != b"OK":
        raise OSError(end[0].decode(errors="replace").strip())


def login_works(listener):
    """Logs in at one public listener, as a client of the outside world would."""
    host, port = listener["host"], listener["port"]
    try:
        if listener["protocol"] == "imap":
            Imap(host, port).logout()
        elif listener["protocol"] == "sieve":
            sieve_login(host, port)
        else:
            Submission(listener).quit()
        return True
    except (imaplib.IMAP4.error, smtplib.SMTPException, OSError) as error:
        print(f"no login at {listener['name']} ({host}:{port}): {error}", flush=True)
        return False


def metrics_of(probe, name):
    """A failure leaves out the time of the last success, so that the old one stays and grows old."""
    metrics = {f"email_{name}_success": int(probe.success)}
    if probe.success:
        metrics[f"email_{name}_duration_seconds"] = round(probe.seconds, 1)
        metrics[f"email_{name}_last_success_timestamp"] = int(time.time())
    return metrics


def main():
    monitor = required("UPTIME_URL")
    listeners = json.loads(required("LISTENERS"))
    into = Probe(send_in, "the relay does not take the probe")
    out = Probe(send_out, "the server does not take the probe")
    wait_for([into, out])
    remove()
    logins = {listener["name"]: login_works(listener) for listener in listeners}

    pushed = push(
        {
            **metrics_of(into, "roundtrip"),
            **metrics_of(out, "outgoing"),
            **({"email_outgoing_authenticated": int(out.authenticated)} if out.success else {}),
            **{f'email_login_success{{listener="{name}"}}': int(works) for name, works in logins.items()},
        }
    )
    if not (into.success and out.success and all(logins.values())):
        return 1
    query = urllib.parse.urlencode({"status": "up", "msg": "OK", "ping": int(into.seconds)})
    told = request(f"{monitor}?{query}")
    return 0 if pushed or told else 1


if __name__ == "__main__":
    sys.exit(main())
