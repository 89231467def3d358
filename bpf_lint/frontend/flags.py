"""Compiler flags as libclang gets them."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from typing import NamedTuple

from bpf_lint.sources.supplied import FREESTANDING, SUPPLIED

OWN = (FREESTANDING,)
BARRED = '#error "this is a device, a FIFO or a link to one: not read"\n'
_LINE_END = re.compile(r"[\r\n]")
_PROCESSORS = {"x86_64": "x86", "aarch64": "arm64", "arm64": "arm64", "riscv64": "riscv"}
_DEFINES_NAME = ".bpf-lint-command-line.h"


class Arguments(NamedTuple):
    """Arguments for libclang, and the header that stands for -D and -U.

    Definitions go through a header so that a literal they spell has a line to be found at.
    """

    flags: list[str]
    header_path: str
    header: str
    relevant: str
    barred: tuple[str, ...] = ()


def arguments(flags: Sequence[str], root: str, special: Sequence[str] = ()) -> Arguments:
    """Return what to pass to libclang for flags given as for a compiler run in `root`.

    The paths in `special` are never opened: an error stands in place of what they would give.

    Our freestanding headers come before the system's, which need a compiler's own; our
    stand-ins for hosted headers, the kernel's and libbpf's come last. The folder of the host's
    architecture is added because the BPF target has none and `asm/` headers live there.
    Programs that trace are built for a processor: for this machine's, unless the flags say another.
    """
    kept: list[str] = []
    defines: list[str] = []
    included: list[str] = []
    queue = list(flags)
    while queue:
        flag = queue.pop(0)
        if flag == "-include":
            # Not as an option: the compiler would take a precompiled header beside the file.
            included.append(f'#include "{os.path.join(root, queue.pop(0))}"')
        elif flag[:2] not in ("-D", "-U"):
            kept.append(flag)
        else:
            text = flag[2:] or (queue.pop(0) if queue else "")
            defines.append(_directive(flag[:2], text))
    if not _for_bpf(kept):
        # They bring Microsoft's inline assembly, which is assembled, and its own `.include`.
        kept = [flag for flag in kept if flag != "-fms-extensions"]
    if not any("__TARGET_ARCH_" in line for line in defines):
        defines.append(f"#define __TARGET_ARCH_{_processor()} 1")
    path = os.path.join(FREESTANDING, _DEFINES_NAME)
    relevant = sorted(f for f in kept if f[:2] in ("-f", "-m", "-t", "--"))
    relevant += [f for f in kept if f.startswith("-std")]
    full = [
        "-w",
        "-Wno-everything",
        "-ferror-limit=0",
        f"-working-directory={root}",
        "-include",
        path,
    ]
    full += [*kept, "-isystem", FREESTANDING]
    multiarch = f"/usr/include/{platform.machine()}-linux-gnu"
    if "-nostdinc" not in kept and os.path.isdir(multiarch):
        full += ["-idirafter", multiarch]
    for folder in SUPPLIED[1:]:
        full += ["-idirafter", folder]
    header = "\n".join((*defines, *included, ""))
    return Arguments(full, path, header, " ".join(relevant), tuple(special))


def _for_bpf(flags: Sequence[str]) -> bool:
    """True where the target is BPF, as it is where none is given."""
    targets = [flag.removeprefix("--target=") for flag in flags if flag.startswith("--target=")]
    targets += [flags[at + 1] for at, flag in enumerate(flags[:-1]) if flag == "-target"]
    return all(target.startswith("bpf") for target in targets)


def _processor() -> str:
    """The processor of this machine as `__TARGET_ARCH_` names it."""
    name = platform.machine()
    return _PROCESSORS.get(name, name)


def _directive(flag: str, text: str) -> str:
    if flag == "-U":
        return f"#undef {text}"
    name, equals, body = text.partition("=")
    body = _LINE_END.split(body)[0] if equals else "1"
    return f"#define {name} {body}"
