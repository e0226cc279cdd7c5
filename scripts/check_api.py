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

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / "scripts" / "check_api"
TARGET = ROOT / (os.environ.get("CARGO_TARGET_DIR") or "target")
HOME = TARGET / "check_api"
WAIT_S = 60
RANDOM_MAX = 300
# Asked for more, it may take longer.
RUN_S = 180 if len(sys.argv) == 1 else 3_600


def installed():
    """The folder of schemathesis's programs; installs them where another version is needed."""
    requirements = SETTINGS / "requirements.txt"
    stamp = HOME / "installed"
    python = ".".join(map(str, sys.version_info[:2]))
    wanted = hashlib.sha256(requirements.read_bytes() + python.encode()).hexdigest()
    programs = HOME / "venv" / "bin"
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(HOME / "venv", clear=True, with_pip=True)
        pip = [programs / "python", "-m", "pip", "install", "--quiet", "--no-deps"]
        pip += ["--disable-pip-version-check", "--requirement", requirements]
        if subprocess.run(pip).returncode != 0:
            sys.exit("check_api: schemathesis cannot be installed; that needs the network, once")
        stamp.write_text(wanted)
    return programs


class Stack:
    """`annals-local`, at work."""

    def __enter__(self):
        program = TARGET / "debug" / "annals-local"
        if not program.exists():
            sys.exit(f"check_api: {program} is not built (cargo build --workspace --examples)")
        environment = {**os.environ, "PORT": "0", "DATA": ":memory:", "HOST": "127.0.0.1"}
        self.process = subprocess.Popen(
            [program], env=environment, cwd=HOME, stdout=subprocess.PIPE, text=True
        )
        # Should it never say where it is, the end of its output ends the waiting.
        late = threading.Timer(WAIT_S, self.process.kill)
        late.start()
        said = ""
        for line in self.process.stdout:
            said += line
            if "Ctrl-C" in line:
                break
        late.cancel()
        found = re.search(r"Annals is at (http://localhost:\d+)", said)
        if not found:
            sys.exit(f"check_api: annals-local does not say where it is: {said}")
        self.address = found[1]
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
    programs = installed()
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
