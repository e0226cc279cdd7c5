"""Whether built functions can run where the template lets them run: what a binary asks of its machine.

Amazon Linux 2023 has GLIBC 2.34 ("Comparing AL2 and AL2023", Amazon Linux 2023 user guide, read 2026-11-24), and
`provided.al2023` is that. A binary names, for each library, the versions of the symbols that it needs; one that
was linked on a newer machine may name a newer one and then does not start at all.
"""

import re
from pathlib import Path

GLIBC = (2, 34)
MACHINES = {"EM_AARCH64": "arm64", "EM_X86_64": "x86_64"}
# What Amazon Linux 2023 has besides nothing: glibc and the compiler's runtime.
LIBRARIES = {"libc", "libm", "libgcc_s", "libpthread", "libdl", "librt", "ld-linux-x86-64", "ld-linux-aarch64"}


def asked(path):
    """What a binary is for, the libraries it needs, and the newest GLIBC that it asks for."""
    from elftools.elf.elffile import ELFFile

    with open(path, "rb") as file:
        elf = ELFFile(file)
        dynamic = elf.get_section_by_name(".dynamic")
        libraries = {tag.needed.split(".so")[0] for tag in dynamic.iter_tags("DT_NEEDED")}
        needs = elf.get_section_by_name(".gnu.version_r")
        names = {version.name for _, versions in needs.iter_versions() for version in versions}
        numbers = [re.fullmatch(r"GLIBC_(\d+)\.(\d+)(?:\.\d+)?", name) for name in names]
        glibc = max((int(number[1]), int(number[2])) for number in numbers if number)
        return MACHINES.get(elf["e_machine"], elf["e_machine"]), libraries, glibc


def complaints(paths, at_most=GLIBC):
    """What would keep these binaries from starting."""
    found = []
    architectures = set()
    for path in paths:
        architecture, libraries, glibc = asked(path)
        architectures.add(architecture)
        if glibc > at_most:
            found.append(f"{path} needs GLIBC {glibc[0]}.{glibc[1]}, the runtime has {at_most[0]}.{at_most[1]}")
        if libraries - LIBRARIES:
            found.append(f"{path} needs {sorted(libraries - LIBRARIES)}, which the runtime may not have")
    if architectures - {"arm64", "x86_64"} or len(architectures) > 1:
        found.append(f"they are for {sorted(architectures)}")
    return found


def built(root, target):
    """The bootstraps that there are: of `sam build`, of `make lambdas`."""
    folders = [root / ".aws-sam" / "build", Path(target) / "lambda"]
    return {folder: sorted(folder.glob("*/bootstrap")) for folder in folders if any(folder.glob("*/bootstrap"))}


def newest(paths):
    """The newest GLIBC that one of them asks for, in words."""
    return "GLIBC {}.{}".format(*max(asked(path)[2] for path in paths))
