"""`//go:generate … bpf2go` lines: which source is compiled with which flags."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator

from bpf_lint.sources.makefiles import Flag, wanted
from bpf_lint.sources.text import read_text

LINE = re.compile(r"^//go:generate\s+(.*\bbpf2go\b.*)$", re.M)
# Options without a value; all others take one.
SWITCHES = {"no-strip", "no-global-types", "verbose", "help"}
LARGEST = 400_000
PROCESSORS = {
    "386": "x86", "amd64": "x86", "arm": "arm", "arm64": "arm64", "loong64": "loongarch",
    "mips": "mips", "ppc64le": "powerpc", "riscv64": "riscv", "s390x": "s390",
}  # fmt: skip


def read(path: str) -> Iterator[tuple[str, list[Flag]]]:
    """(absolute source, flags) of each line in a Go file."""
    text = read_text(path, LARGEST)
    if "bpf2go" not in text:
        return
    folder = os.path.dirname(path)
    for match in LINE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        try:
            words = shlex.split(match[1])
        except ValueError:
            continue
        options, names, rest = _parsed(words)
        if len(names) < 2:
            continue
        flags = [*wanted(shlex.join(options.get("cflags", "").split())), *wanted(shlex.join(rest))]
        processor = PROCESSORS.get(options.get("target", ""), "")
        if processor:
            flags.append((f"-D__TARGET_ARCH_{processor}",))
        source = os.path.normpath(os.path.join(folder, names[1]))
        yield source, [Flag(one, folder, path, line) for one in flags]


def _parsed(words: list[str]) -> tuple[dict[str, str], list[str], list[str]]:
    """Options, names, and what follows "--", of a command line of bpf2go."""
    start = next(at for at, word in enumerate(words) if word.split("@")[0].endswith("bpf2go"))
    options: dict[str, str] = {}
    names: list[str] = []
    rest = words[start + 1 :]
    while rest:
        word = rest.pop(0)
        if word == "--":
            break
        if not word.startswith("-") or len(names) >= 2:
            if not word.startswith("$"):
                names.append(word)
            continue
        name, sign, value = word.lstrip("-").partition("=")
        if name not in SWITCHES and not sign and rest:
            value = rest.pop(0)
        options[name] = f"{options.get(name, '')} {value}".strip() if name == "cflags" else value
    return options, names, rest
