"""Copies the secrets of pipelines from Vault to the CI server. Where an entry lies says who may use its keys:

  ci/global                 every repository; its key woodpecker_api_token opens the CI server and is never copied
  ci/org/<organisation>     every repository of the organisation
  ci/repo/<owner>/<name>    that repository

The CI server never shows a value again. Each secret that was written carries a note instead: a digest of the value,
keyed with the API token, by which an unchanged one is recognised, and whether it was made here or found there. One that
was made here is deleted when its key, or the data of its entry, is deleted in Vault; one that somebody else had made is
only ever overwritten. A pull request never sees a secret.

Environment (a missing or empty value is an error):
  VAULT_ADDR, VAULT_ROLE, KV_MOUNT   Vault, the role to log in with, the KV version 2 engine
  TOKEN_FILE                         token of the pod's service account
  WOODPECKER_URL                     CI server
  PUSHGATEWAY, JOB_NAME              where metrics go: base URL, name of the job

Exit code 0 when every secret is as it should be; 1 otherwise, after all others were tried.
"""

import hashlib
import hmac
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

EVENTS = ["cron", "deployment", "manual", "push", "tag"]
TOKEN_KEY = "woodpecker_api_token"
MADE, FOUND = "made from Vault ", "value from Vault "
PAGE = 50
SECONDS = 10


class Refused(Exception):
    """An answer that is no success, or none. Its text names neither values nor tokens."""


def required(name):
    value = os.environ.get(name, "")
    if not value:
        raise SystemExit(f"{name} is not set")
    return value


def ask(method, url, body=None, headers=None, absent=None):
    """The JSON of an answer; `absent` for what is not there, when it is given."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})}, method=method)
    path = urllib.parse.urlsplit(url).path
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as response:
            text = response.read()
        return json.loads(text) if text else {}
    except urllib.error.HTTPError as error:
        if error.code == 404 and absent is not None:
            return absent
        raise Refused(f"{method} {path}: {error.code}") from None
    except (OSError, ValueError) as error:
        raise Refused(f"{method} {path}: {getattr(error, 'reason', error)}") from None


def quoted(*parts):
    return "/".join(urllib.parse.quote(part, safe="") for part in parts)


class Vault:
    def __init__(self):
        self.address = required("VAULT_ADDR").rstrip("/")
        self.mount = required("KV_MOUNT")
        with open(required("TOKEN_FILE"), encoding="utf-8") as file:
            login = {"role": required("VAULT_ROLE"), "jwt": file.read().strip()}
        answer = ask("POST", f"{self.address}/v1/auth/kubernetes/login", login)
        self.headers = {"X-Vault-Token": answer["auth"]["client_token"]}

    def read(self, *path):
        """Keys of an entry; none when it, or its data, is not there."""
        answer = ask("GET", f"{self.address}/v1/{self.mount}/data/{quoted(*path)}", None, self.headers, {})
        return (answer.get("data") or {}).get("data") or {}

    def names(self, *path):
        """Entries right below a path, whether or not they have data left."""
        url = f"{self.address}/v1/{self.mount}/metadata/{quoted(*path)}"
        return ask("LIST", url, None, self.headers, {}).get("data", {}).get("keys", [])

    def scopes(self):
        """Paths of the entries below ci/org and ci/repo."""
        for name in self.names("ci", "org"):
            if not name.endswith("/"):
                yield ("ci", "org", name)
        for owner in self.names("ci", "repo"):
            if owner.endswith("/"):
                for name in self.names("ci", "repo", owner[:-1]):
                    if not name.endswith("/"):
                        yield ("ci", "repo", owner[:-1], name)

    def leave(self):
        ask("POST", f"{self.address}/v1/auth/token/revoke-self", {}, self.headers)


class Woodpecker:
    def __init__(self, token):
        self.api = required("WOODPECKER_URL").rstrip("/") + "/api"
        self.token = token
        self.headers = {"Authorization": f"Bearer {token}"}

    def ask(self, method, path, body=None):
        return ask(method, f"{self.api}/{path}", body, self.headers)

    def base(self, path):
        """Where the secrets of a scope are."""
        _, kind, *names = path
        if kind == "global":
            return "secrets"
        kinds = f"{kind}s"
        return f"{kinds}/{self.ask('GET', f'{kinds}/lookup/{quoted(*names)}')['id']}/secrets"

    def secrets(self, base):
        """Secrets by name, without their values."""
        found, page = {}, 1
        while True:
            batch = self.ask("GET", f"{base}?page={page}&perPage={PAGE}") or []
            found.update((secret["name"], secret) for secret in batch)
            if len(batch) < PAGE:
                return found
            page += 1

    def digest(self, path, name, value):
        text = json.dumps([*path, name, value]).encode()
        return hmac.new(self.token.encode(), text, hashlib.sha256).hexdigest()


def problem(name, value):
    if not isinstance(value, str) or value == "":
        return "no text, or an empty one"
    return "a slash in the name" if "/" in name else None


def write(server, base, path, name, value, existing):
    """Makes one secret what it should be. Says what that took."""
    mark = FOUND if existing and not existing.get("note", "").startswith(MADE) else MADE
    secret = {"name": name, "value": value, "events": EVENTS, "note": mark + server.digest(path, name, value)}
    if existing is None:
        server.ask("POST", base, secret)
        return "created"
    if existing.get("note") == secret["note"] and sorted(existing.get("events") or []) == EVENTS:
        return "unchanged"
    server.ask("PATCH", f"{base}/{quoted(name)}", secret)
    return "updated"


def remove(server, base, name):
    server.ask("DELETE", f"{base}/{quoted(name)}")
    return "deleted"


def sync(server, path, read, counts):
    """Makes the secrets of one scope what Vault says, each whatever happens to the others."""
    scope = "/".join(path)

    def attempt(name, action):
        try:
            counts[action()] += 1
        except Refused as error:
            counts["failed"] += 1
            print(f"{scope}: {name}: {error}", file=sys.stderr)

    try:
        wanted = read(*path)
        base = server.base(path)
        existing = server.secrets(base)
    except Refused as error:
        counts["failed"] += 1
        print(f"{scope}: {error}", file=sys.stderr)
        return
    for name, value in sorted(wanted.items()):
        wrong = problem(name, value)
        if wrong:
            counts["failed"] += 1
            print(f"{scope}: {name}: {wrong}", file=sys.stderr)
        else:
            attempt(name, lambda: write(server, base, path, name, value, existing.get(name)))
    for name, secret in sorted(existing.items()):
        if name not in wanted and secret.get("note", "").startswith(MADE):
            attempt(name, lambda: remove(server, base, name))


def report(counts):
    metrics = {f"ci_secret_sync_{name}": count for name, count in counts.items()}
    if counts["failed"] == 0:
        metrics["ci_secret_sync_last_success_timestamp"] = int(time.time())
    text = "".join(f"{name} {value}\n" for name, value in metrics.items())
    print(text, end="", flush=True)
    # POST keeps what a report leaves out: the time of the last success.
    url = f"{required('PUSHGATEWAY')}/metrics/job/{required('JOB_NAME')}"
    try:
        with urllib.request.urlopen(url, text.encode(), timeout=SECONDS):
            pass
    except OSError as error:
        print(f"metrics refused: {getattr(error, 'reason', error)}", file=sys.stderr)


def copy(vault, counts):
    shared = vault.read("ci", "global")
    token = shared.pop(TOKEN_KEY, None)
    if not token or not isinstance(token, str):
        raise Refused(f"ci/global has no {TOKEN_KEY}")
    server = Woodpecker(token)
    sync(server, ("ci", "global"), lambda *_: shared, counts)
    for path in vault.scopes():
        sync(server, path, vault.read, counts)


def main():
    counts = {"created": 0, "updated": 0, "unchanged": 0, "deleted": 0, "failed": 0}
    try:
        vault = Vault()
        try:
            copy(vault, counts)
        finally:
            vault.leave()
    except Refused as error:
        counts["failed"] += 1
        print(error, file=sys.stderr)
    report(counts)
    return min(counts["failed"], 1)


if __name__ == "__main__":
    sys.exit(main())
