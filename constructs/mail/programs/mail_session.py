"""What the mail programs have in common: their settings, a session with the mailbox, and their report.

Environment (a missing or empty value is an error):
  IMAP_HOST, IMAP_PORT, SERVER_NAME   server, TLS, and the name that its certificate must carry
  MAILBOX, MAILBOX_PASSWORD           account
  PUSHGATEWAY, JOB_NAME               where metrics go: base URL, name of the job
Optional: CA_FILE                     certificates to trust instead of the system's
"""

import imaplib
import os
import re
import ssl
import time
import urllib.request

CONNECT_SECONDS = 10
ATTEMPTS = 3


def required(name):
    value = os.environ.get(name, "")
    if not value:
        raise SystemExit(f"{name} is not set")
    return value


def tls_context():
    return ssl.create_default_context(cafile=os.environ.get("CA_FILE"))


class Imap(imaplib.IMAP4_SSL):
    """A session of the account, over TLS, with a host whose certificate carries SERVER_NAME."""

    def __init__(self, host, port):
        super().__init__(host, port, ssl_context=tls_context(), timeout=CONNECT_SECONDS)
        self.login(required("MAILBOX"), required("MAILBOX_PASSWORD"))

    def _create_socket(self, timeout):
        plain = imaplib.IMAP4._create_socket(self, timeout)
        return self.ssl_context.wrap_socket(plain, server_hostname=required("SERVER_NAME"))


def session():
    """A session at the Service of the mail server."""
    return Imap(required("IMAP_HOST"), int(required("IMAP_PORT")))


def places(imap):
    """Folders that mail is delivered to: the inbox, and the one for what the filter marks (RFC 6154, section 2)."""
    junk = [re.search(rb' ("[^"]*"|[^ ]+)$', line) for line in done(imap.list()) if line and rb"\Junk" in line]
    return ["INBOX", *(name.group(1).decode() for name in junk if name)]


def done(answer):
    """The data of an answer. Raises unless the server says OK."""
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(f"{status}: {data[:1]!r}")
    return data


def request(url, body=None):
    """Whether an HTTP endpoint answers with success, with a few attempts. Never prints the address: it may be secret."""
    for attempt in range(ATTEMPTS):
        try:
            with urllib.request.urlopen(url, body, timeout=CONNECT_SECONDS):
                return True
        except OSError as error:
            print(f"report refused ({attempt + 1} of {ATTEMPTS}): {getattr(error, 'reason', error)}", flush=True)
            if attempt + 1 < ATTEMPTS:
                time.sleep(2**attempt)
    return False


def push(metrics):
    """Adds metrics, by name with labels, to those of the job. POST keeps what a report leaves out, PUT would drop it."""
    text = "".join(f"{name} {value}\n" for name, value in metrics.items())
    print(text, end="", flush=True)
    return request(f"{required('PUSHGATEWAY')}/metrics/job/{required('JOB_NAME')}", text.encode())
