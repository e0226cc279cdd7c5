#!/usr/bin/env python3
"""Sends a CSV of customers through the API, then looks for each of them in the list and in the log.

    scripts/import_customers.py customers.csv
    scripts/import_customers.py customers.csv --url https://annals.example.org --token "$TOKEN"

The first line names the columns: name, email, phone, company, notes, tags (separated by semicolons),
line1, line2, postal_code, city, country. Empty cells are left out.

It can be repeated, also after it was interrupted: a row's idempotency key is made of its content and of
how often that content came before, so no row is ever registered twice. Standard library only.

Ends with 0 when all is well, 1 when the API cannot be used, 2 for a wrong call or file, 5 when rows were
refused (each is printed with its line and the reason), 6 when a customer is not found as it should be.
"""

import argparse
import csv
import hashlib
import http.client
import json
import sys
import threading
import time
import urllib.parse
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

FIELDS = ["name", "email", "phone", "company", "notes"]
ADDRESS = ["line1", "line2", "postal_code", "city", "country"]
TRIES = 6
LIST_DEADLINE_SECONDS = 60


class Unusable(Exception):
    """The API cannot be used."""


class Api:
    """The API, with a connection for each thread."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.url = urllib.parse.urlsplit(options.url)
        self.options = options
        self.local = threading.local()
        self.lock = threading.Lock()
        self.token = options.token or self.signed_in()

    def signed_in(self) -> str:
        form = {
            "grant_type": "password",
            "client_id": "annals-web",
            "username": self.options.username,
            "password": self.options.password,
        }
        headers = {"content-type": "application/x-www-form-urlencoded"}
        body = urllib.parse.urlencode(form).encode()
        status, _, answer = self.sent("POST", "/oauth2/token", body, headers)
        if status != 200:
            raise Unusable(f"no token for {self.options.username}: {status} {answer}")
        return answer["access_token"]

    def call(self, method: str, path: str, body: dict | None = None, key: str | None = None):
        """Status and answer; what may pass is tried again."""
        payload = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        renewed = False
        for attempt in range(TRIES):
            token = self.token
            headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
            if key:
                headers["idempotency-key"] = key
            status, wait, answer = self.sent(method, "/api/v1" + path, payload, headers)
            if status == 401 and not self.options.token and not renewed:
                renewed = True
                with self.lock:
                    if self.token == token:
                        self.token = self.signed_in()
            elif status == 429 or status >= 500:
                time.sleep(wait or min(0.1 * 2**attempt, 3))
            else:
                return status, answer
        raise Unusable(f"{method} {path} keeps failing: {status} {answer}")

    def sent(self, method: str, path: str, body: bytes | None, headers: dict):
        """Sends once, or again where the connection broke: every write has its key."""
        for attempt in range(TRIES):
            try:
                return self.exchanged(method, path, body, headers)
            except (OSError, http.client.HTTPException) as error:
                self.local.connection = None
                if attempt == TRIES - 1:
                    raise Unusable(f"{self.options.url} cannot be reached: {error}") from error
                time.sleep(min(0.1 * 2**attempt, 3))

    def exchanged(self, method: str, path: str, body: bytes | None, headers: dict):
        connection = getattr(self.local, "connection", None)
        if connection is None:
            https = self.url.scheme == "https"
            kind = http.client.HTTPSConnection if https else http.client.HTTPConnection
            connection = self.local.connection = kind(self.url.hostname, self.url.port, timeout=60)
        connection.request(method, self.url.path.rstrip("/") + path, body, headers)
        response = connection.getresponse()
        text = response.read()
        wait = response.headers.get("retry-after", "")
        try:
            answer = json.loads(text) if text else {}
        except ValueError:
            answer = {"title": text[:200].decode(errors="replace")}
        return response.status, int(wait) if wait.isdigit() else 0, answer


class Row:
    """A row of the file: its line, its key, the customer that it asks for."""

    def __init__(self, line: int, cells: dict, occurrence: int) -> None:
        self.line = line
        content = json.dumps([cells, occurrence], ensure_ascii=False, sort_keys=True)
        self.key = hashlib.sha256(content.encode()).hexdigest()[:48]
        self.customer = {name: cells[name] for name in FIELDS if cells.get(name)}
        address = {name: cells[name] for name in ADDRESS if cells.get(name)}
        if address:
            self.customer["address"] = address
        tags = [tag.strip() for tag in cells.get("tags", "").split(";") if tag.strip()]
        if tags:
            self.customer["tags"] = tags
        self.id = ""
        self.refusal = ""


def rows_of(path: str) -> list[Row]:
    rows: list[Row] = []
    seen: Counter = Counter()
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        header = next(reader, [])
        unknown = [name for name in header if name not in FIELDS + ADDRESS + ["tags"]]
        if unknown or "name" not in header or len(set(header)) != len(header):
            raise ValueError(f"the columns cannot be used: {', '.join(unknown or header)}")
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                content = tuple(cells)
                row = Row(line, dict(zip(header, cells)), seen[content])
                if len(cells) != len(header):
                    row.refusal = f"{len(cells)} cells where {len(header)} are expected"
                rows.append(row)
                seen[content] += 1
            line = reader.line_num + 1
    return rows


def register(api: Api, row: Row) -> None:
    if row.refusal:
        return
    status, answer = api.call("POST", "/customers", row.customer, row.key)
    if status == 201:
        row.id = answer["id"]
    else:
        errors = [f"{error['pointer']} {error['detail']}" for error in answer.get("errors", [])]
        reason = "; ".join(errors) or answer.get("detail") or answer.get("title", "")
        row.refusal = f"{status} {reason}"


def pages(api: Api, path: str):
    """The items of all pages of a list."""
    cursor = ""
    while True:
        status, page = api.call("GET", path + cursor)
        if status != 200:
            raise Unusable(f"GET {path}: {status} {page}")
        yield from page["items"]
        if "next_cursor" not in page:
            return
        cursor = "&cursor=" + urllib.parse.quote(page["next_cursor"])


def listed(api: Api, wanted: set[str]) -> Counter:
    """How often each customer is in the list, which may lag behind the log for a moment."""
    until = time.monotonic() + LIST_DEADLINE_SECONDS
    while True:
        found = Counter(item["id"] for item in pages(api, "/customers?sort=changed_at&limit=100"))
        if wanted <= found.keys() or time.monotonic() > until:
            return found
        time.sleep(0.2)


def missing_in_log(api: Api, row: Row) -> str:
    """What is wrong with the row's history; nothing when it was registered once, as it stands."""
    path = f"/customers/{row.id}/history?order=asc&limit=100"
    commits = list(pages(api, path))
    events = [event for commit in commits for event in commit["events"]]
    registered = [event for event in events if event["type"] == "registered"]
    if len(registered) != 1:
        return f"registered {len(registered)} times"
    if [commit["version"] for commit in commits] != list(range(1, len(commits) + 1)):
        return "its versions have gaps"
    told = registered[0]["data"]["personal"]
    if "redacted" in told or "$sealed" in told:
        return ""
    for name, value in row.customer.items():
        kept = registered[0]["data"]["tags"] if name == "tags" else told.get(name)
        if kept != value:
            return f"its {name} is {kept!r}"
    return ""


def checked(api: Api, pool: ThreadPoolExecutor, rows: list[Row]) -> list[str]:
    faults = []
    ids = Counter(row.id for row in rows)
    found = listed(api, set(ids))
    wrongs = pool.map(lambda row: missing_in_log(api, row), rows)
    for row, wrong in zip(rows, wrongs):
        if ids[row.id] != 1:
            faults.append(f"line {row.line}: shares its record {row.id}")
        if found[row.id] != 1:
            faults.append(f"line {row.line}: {found[row.id]} times in the list ({row.id})")
        if wrong:
            faults.append(f"line {row.line}: in the log, {wrong} ({row.id})")
    return faults


def imported(options: argparse.Namespace) -> int:
    rows = rows_of(options.file)
    api = Api(options)
    begun = time.monotonic()
    with ThreadPoolExecutor(options.parallel) as pool:
        for _ in pool.map(lambda row: register(api, row), rows):
            pass
        seconds = time.monotonic() - begun
        refused = [row for row in rows if row.refusal]
        accepted = [row for row in rows if not row.refusal]
        for row in refused:
            print(f"line {row.line}: {row.refusal}")
        print(f"{len(accepted)} of {len(rows)} rows registered in {seconds:.1f} s")
        faults = checked(api, pool, accepted)
    for fault in faults:
        print(fault)
    if faults:
        return 6
    print(f"{len(accepted)} found once in the list and once in the log")
    return 5 if refused else 0


def main() -> int:
    says = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    says.add_argument("file", help="the CSV file, in UTF-8")
    says.add_argument("--url", default="http://localhost:8080", help="where Annals is")
    says.add_argument("--token", help="an access token; else username and password are used")
    says.add_argument("--username", default="editor")
    says.add_argument("--password", default="local")
    says.add_argument("--parallel", type=int, default=8, help="how many rows at the same time")
    options = says.parse_args()
    try:
        return imported(options)
    except Unusable as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, ValueError, csv.Error) as error:
        print(f"{options.file}: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    if sys.version_info < (3, 11):
        sys.exit("Python 3.11 or newer is needed")
    sys.exit(main())
