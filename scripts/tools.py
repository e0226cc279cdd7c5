"""What the checks here have in common: tools from PyPI in folders of their own, and the local stack at work."""

import hashlib
import os
import re
import subprocess
import sys
import threading
import venv

START_S = 60


def installed(requirements, place):
    """The folder of the programs of a requirements file; installs them into `place` where others are needed."""
    stamp = place / "installed"
    python = ".".join(map(str, sys.version_info[:2]))
    wanted = hashlib.sha256(requirements.read_bytes() + python.encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"installing what {requirements.parent.name}/{requirements.name} names", flush=True)
        venv.create(place, clear=True, with_pip=True)
        pip = [place / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps"]
        pip += ["--disable-pip-version-check", "--requirement", requirements]
        if subprocess.run(pip).returncode != 0:
            sys.exit(f"{requirements} cannot be installed; that needs the network, once")
        stamp.write_text(wanted)
    return place / "bin"


def local_stack(program, folder, **settings):
    """`annals-local` at work in memory on a free port: the process, and where it is."""
    environment = {**os.environ, "PORT": "0", "DATA": ":memory:", "HOST": "127.0.0.1", **settings}
    process = subprocess.Popen([program], env=environment, cwd=folder, stdout=subprocess.PIPE, text=True)
    # Should it never say where it is, the end of its output ends the waiting.
    late = threading.Timer(START_S, process.kill)
    late.start()
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            break
    late.cancel()
    found = re.search(r"Annals is at (http://localhost:\d+)", said)
    if not found:
        process.kill()
        sys.exit(f"annals-local does not say where it is: {said}")
    return process, found[1]
