"""Answers mail programs that look for the settings of an address.

GET /mail/config-v1.1.xml, also below /.well-known/autoconfig: what Thunderbird and others read.
POST /autodiscover/autodiscover.xml: what Outlook asks; the answer names the address of the question, which is the login.
GET /alive: that the program runs.

Environment (a missing or empty value is an error):
  FOLDER    holds autoconfig.xml and autodiscover.xml, in which %EMAILADDRESS% stands for the address
  DOMAINS   domains of the mail server, with blanks between
  PORT      to listen on
"""

import http.server
import os
import pathlib
import signal
import sys
import urllib.parse
import xml.parsers.expat
import xml.sax.saxutils

AUTOCONFIG = {"/mail/config-v1.1.xml", "/.well-known/autoconfig/mail/config-v1.1.xml"}
# Clients do not agree on its capitals.
AUTODISCOVER = "/autodiscover/autodiscover.xml"
# Others, such as the one of phones (ActiveSync), ask for servers that are not here.
SCHEMA = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
MOST_BYTES = 16 * 1024


def required(name):
    value = os.environ.get(name, "")
    if not value:
        raise SystemExit(f"{name} is not set")
    return value


def question(body):
    """Texts of the elements of a question by their names without namespace. Raises ValueError unless it is XML."""
    found, path = {}, []

    def no_declarations(*_):
        raise ValueError("a document type")

    def start(name, _):
        path.append(name.split(" ")[-1])

    def text(data):
        found[path[-1]] = found.get(path[-1], "") + data

    parser = xml.parsers.expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = no_declarations
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: path.pop()
    parser.CharacterDataHandler = text
    try:
        parser.Parse(body, True)
    except xml.parsers.expat.ExpatError as error:
        raise ValueError(str(error)) from error
    return {name: value.strip() for name, value in found.items()}


class Handler(http.server.BaseHTTPRequestHandler):
    server_version = "mail"
    sys_version = ""
    timeout = 10

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        if path in AUTOCONFIG:
            self.answer(200, self.server.autoconfig)
        elif path == "/alive":
            self.answer(200, "")
        elif path.lower() == AUTODISCOVER:
            self.answer(405, "", Allow="POST")
        else:
            self.answer(404, "")

    do_HEAD = do_GET

    def do_POST(self):
        if urllib.parse.urlsplit(self.path).path.lower() != AUTODISCOVER:
            return self.answer(404, "")
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            return self.answer(411, "")
        if len(length) > 9 or int(length) > MOST_BYTES:
            return self.answer(413, "")
        try:
            asked = question(self.rfile.read(int(length)))
        except ValueError:
            return self.answer(400, "")
        address = asked.get("EMailAddress", "")
        name, _, domain = address.rpartition("@")
        if not name or domain.lower() not in self.server.domains:
            return self.answer(404, "")
        if asked.get("AcceptableResponseSchema", SCHEMA) != SCHEMA:
            return self.answer(404, "")
        return self.answer(200, self.server.autodiscover.replace("%EMAILADDRESS%", xml.sax.saxutils.escape(address)))

    def answer(self, status, text, **fields):
        body = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "text/xml; charset=utf-8", **fields}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_request(self, *_):
        """Requests carry addresses of people, which belong in no log."""


def main():
    folder = pathlib.Path(required("FOLDER"))
    # The first process of a container is not ended by a signal that it does not handle.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with http.server.ThreadingHTTPServer(("", int(required("PORT"))), Handler) as server:
        server.autoconfig = (folder / "autoconfig.xml").read_text("utf-8")
        server.autodiscover = (folder / "autodiscover.xml").read_text("utf-8")
        server.domains = required("DOMAINS").split()
        server.serve_forever()


if __name__ == "__main__":
    main()
