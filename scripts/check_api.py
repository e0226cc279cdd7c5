#!/usr/bin/env python3
"""Checks that the API is as its document says.

Starts the built `annals-local` on a free port, in memory, and lets schemathesis ask it everything that
docs/openapi.json tells of: requests of the right form and of wrong ones, with a token and without. No
answer may be a server error, or another one than the document says: status, headers, media type,
schema. No request without a token may pass, no malformed one be taken, no well-formed one be called
malformed.

The same requests each time, at most 500 (settings: scripts/check_api/schemathesis.toml): a quarter of a
minute on a machine that has nothing else to do. schemathesis is installed once, into target/check_api/, in the versions
of scripts/check_api/requirements.txt. Arguments are passed on to it. Now and then, ask more, and all
that it enumerates: `scripts/check_api.py --phases examples,coverage,fuzzing --max-examples 100`.
"""

import json
import os
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

from tools import installed, local_stack

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / "scripts" / "check_api"
TARGET = ROOT / (os.environ.get("CARGO_TARGET_DIR") or "target")
HOME = TARGET / "check_api"
WAIT_S = 60
RANDOM_MAX = 300
# Asked for more, it may take longer.
RUN_S = 180 if len(sys.argv) == 1 else 3_600


class Stack:
    """`annals-local`, at work."""

    def __enter__(self):
        program = TARGET / "debug" / "annals-local"
        if not program.exists():
            sys.exit(f"check_api: {program} is not built (cargo build --workspace --examples)")
        self.process, self.address = local_stack(program, HOME)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(WAIT_S)

    def token(self):
        """An access token of somebody who may do everything."""
        form = {
            "grant_type": "password",
            "client_id": "annals-web",
            "username": "admin",
            "password": "local",
        }
        body = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(f"{self.address}/oauth2/token", body, timeout=20) as answer:
            return json.load(answer)["access_token"]


def share():
    """How many random requests each operation gets: with those of the examples, 500 in all at most."""
    paths = json.loads((ROOT / "docs" / "openapi.json").read_text())["paths"]
    return RANDOM_MAX // sum(map(len, paths.values()))


def kept(api, token):
    """Makes the records that hooks.py aims at."""
    for method, path, body in [
        ("PUT", "/me", {"display_name": "Anna Admin"}),
        ("POST", "/customers", {"id": "lily", "name": "Lily Ari"}),
        ("POST", "/todos", {"id": "lily", "title": "Call Lily"}),
    ]:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = json.dumps(body).encode()
        request = urllib.request.Request(api + path, data, headers, method=method)
        urllib.request.urlopen(request, timeout=20).close()


def main():
    begun = time.monotonic()
    HOME.mkdir(parents=True, exist_ok=True)
    programs = installed(SETTINGS / "requirements.txt", HOME / "venv")
    ready = time.monotonic()
    with Stack() as stack:
        api, token = f"{stack.address}/api/v1", stack.token()
        kept(api, token)
        environment = {
            **os.environ,
            "CHECK_API_URL": api,
            "CHECK_API_TOKEN": token,
            "CHECK_API_HOOKS": str(SETTINGS / "hooks.py"),
        }
        command = [programs / "schemathesis", "--config-file", SETTINGS / "schemathesis.toml"]
        command += ["run", f"{api}/openapi.json", "--no-color", "--phases", "examples,fuzzing"]
        command += ["--max-examples", str(share()), *sys.argv[1:]]
        try:
            run = subprocess.run(command, env=environment, cwd=HOME, timeout=RUN_S)
        except subprocess.TimeoutExpired:
            sys.exit(f"check_api: not done after {RUN_S} seconds")
    asked = time.monotonic() - ready
    print(f"asked for {asked:.0f} s, after {ready - begun:.0f} s of installing")
    sys.exit(run.returncode)


if __name__ == "__main__":
    main()
