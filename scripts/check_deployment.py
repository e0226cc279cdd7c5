#!/usr/bin/env python3
"""Deploys template.yaml, and holds what is deployed to what one machine does.

Two worlds, one scenario (scripts/check_deployment/scenario.py): `annals-local`, and the stack that
CloudFormation makes of the repository's own template in an account which MiniStack plays (PyPI, pinned; it
runs the functions as processes, and enforces IAM). Then what only a deployment has
(scripts/check_deployment/deployed.py): policies that lack one statement, the log that administrators cannot
change, a rule on the event bus, poison in the log, an update of the stack and its deletion.

The functions are those of the debug profile, which the Rust tests have built; BOOTSTRAPS=target/lambda takes
those of `make lambdas`. The tools are installed once, into target/check_deployment/, in the versions of
scripts/check_deployment/requirements.txt. What the emulator does otherwise than AWS is closed by
scripts/check_deployment/launch.py or told in docs/deploy.md. `scripts/check_deployment.py deployed` or `local`
runs one world only; KEEP=1 leaves the emulator's folder there.
"""

import importlib.util
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tools import installed

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / "scripts" / "check_deployment"
TARGET = ROOT / (os.environ.get("CARGO_TARGET_DIR") or "target")
HOME = TARGET / "check_deployment"
FUNCTIONS = [
    "record-commands",
    "people-commands",
    "operator-commands",
    "record-queries",
    "audit-queries",
    "exporter",
    "projector",
    "publisher",
    "rebuilder",
    "site-publisher",
]
FIRST_ADMIN = "anna@example.org"
OTHER_SITE = "https://other.example.org"


def python_with_tools():
    """The Python that has the emulator."""
    if importlib.util.find_spec("ensurepip") is None:
        print("skipped: there is no pip (Debian: python3-venv), and the emulator comes from PyPI")
        sys.exit(0)
    return installed(SETTINGS / "requirements.txt", HOME / "venv") / "python"


def program(name):
    """Where a function's program is."""
    folder = os.environ.get("BOOTSTRAPS")
    path = ROOT / folder / name / "bootstrap" if folder else TARGET / "debug" / name
    if not path.exists():
        hint = "make lambdas" if folder else "cargo build --workspace --all-targets"
        sys.exit(f"check_deployment: {path} is not built ({hint})")
    return path


def screens(folder):
    """Files to publish: the built screens, or, where they are not built, a page and its script."""
    built = ROOT / "frontend" / "dist"
    if (built / "index.html").exists():
        shutil.copytree(built, folder)
        return folder
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text('<!doctype html><title>Annals</title><script src="/assets/main-1.js"></script>')
    (folder / "assets" / "main-1.js").write_text("// nothing")
    return folder


def local(home, steps):
    import scenario
    from worlds import Local

    with Local(TARGET / "debug" / "annals-local", home, screens(home / "screens")) as world:
        scenario.run(world, steps)


def deployed(home, steps):
    import deployed as only
    import scenario
    from stack import Stack, parsed
    from web import Failed
    from worlds import Account, Cloud

    template = parsed((ROOT / "template.yaml").read_text())
    parameters = {"FirstAdminEmail": FIRST_ADMIN, "AllowedOrigins": OTHER_SITE}
    site = screens(home / "screens")
    with Account(sys.executable, home) as account:
        try:
            with steps.step("the functions are packed and uploaded"):
                stack = Stack(account, {name: program(name) for name in FUNCTIONS}, home)
            with steps.step("the stack is made"):
                stack.deploy(template, site, parameters)
                world = Cloud(account, stack, FIRST_ADMIN)
                heard = only.Listener(account, stack)
            made = scenario.run(world, steps)
            work = only.Work(world, made, template, site, parameters, heard, TARGET / "debug" / "annals")
            only.run(work, steps)
        except Failed:
            only.tell_errors(account)
            raise


def main():
    begun = time.monotonic()
    HOME.mkdir(parents=True, exist_ok=True)
    python = python_with_tools()
    if Path(sys.prefix) != python.parent.parent:
        os.execv(python, [python, __file__, *sys.argv[1:]])
    sys.path.insert(0, str(SETTINGS))
    from web import Failed, Steps

    wanted = sys.argv[1:] or ["local", "deployed"]
    failed = []
    for name, world in [("local", local), ("deployed", deployed)]:
        if name not in wanted:
            continue
        home, steps = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=HOME)), Steps(name)
        try:
            world(home, steps)
        except Failed:
            failed.append(name)
        finally:
            if not os.environ.get("KEEP"):
                shutil.rmtree(home, ignore_errors=True)
        print(f"{name}: {steps.count} passed, {'one failed' if name in failed else 'none failed'}")
    print(f"{time.monotonic() - begun:.0f} s")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
