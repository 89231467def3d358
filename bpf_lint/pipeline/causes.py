"""Why programs were not read, by cause: each said once, with the programs and the remedy."""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from bpf_lint.config.probes import content
from bpf_lint.model.finding import Cause, Skipped

MISSING = re.compile(r"'([^']+)' file not found")
LEFT_OUT = re.compile(r"(?:^|; )(\w+)\(\) is left out: ([^;]*)")
PLACE = re.compile(r"^\S+?:\d+(?::\d+)?: ")
BCC = re.compile(
    r"\bBPF_(?:HASH|ARRAY|TABLE|PERF_OUTPUT|HISTOGRAM)\b|\bcursor_advance\b|<bcc/proto\.h>"
)
SECTION = re.compile(r"\bSEC\(|\bsection\s*\(")
FOLDER = (
    "no folder of the repository has it: name its folder with -I in the flags of [front_end] in "
    "bpf-lint.toml, or take the flags of the build with -p DIR"
)
VMLINUX = (
    "it is generated: bpftool btf dump file /sys/kernel/btf/vmlinux format c > vmlinux.h writes "
    "it; name its folder with -I in the flags of [front_end] in bpf-lint.toml"
)


def causes(skipped: Iterable[Skipped], root: Path) -> tuple[Cause, ...]:
    """The causes behind programs that were not read whole, the most frequent first."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    absent = empty_submodules(root)
    for one in sorted(skipped):
        for text, how in _keys(one, root, absent):
            key = PLACE.sub("", text).partition(" (")[0], how
            found.setdefault(key, {})[one.path] = text
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(
        Cause(next(iter(programs.values())), how, tuple(programs)) for (_, how), programs in ordered
    )


def _keys(one: Skipped, root: Path, absent: Sequence[str]) -> list[tuple[str, str]]:
    """(cause, remedy) of one program."""
    if not one.part and _is_bcc(root / one.path):
        return [("is written for BCC, whose macros and unnamed sections are not read", "")]
    names = list(dict.fromkeys(MISSING.findall(one.reason)))
    if names:
        by_remedy: dict[str, list[str]] = {}
        for name in names:
            by_remedy.setdefault(remedy(name, one.path, root, absent), []).append(name)
        return [(f"{_listed(own)} not found", how) for how, own in by_remedy.items()]
    left_out = LEFT_OUT.findall(one.reason)
    if left_out:
        name, why = left_out[0]
        more = f" and {len(left_out) - 1} more functions" if len(left_out) > 1 else ""
        return [(f"{why.strip()} ({name}(){more} left out)", "")]
    return [(one.reason, "")]


def remedy(name: str, program: str, root: Path, absent: Sequence[str]) -> str:
    """What brings a missing header.

    Args:
        absent: Submodules that are not checked out, relative to the root.
    """
    wanted = os.path.normpath(os.path.join(os.path.dirname(program), name))
    for path in absent:
        if wanted.startswith(path + "/") or name.startswith(os.path.basename(path) + "/"):
            return f"{path} is a submodule that is not checked out: git submodule update --init"
    if os.path.basename(name) == "vmlinux.h":
        return VMLINUX
    if absent:
        which = ", ".join(absent[:4])
        return f"submodules are not checked out ({which}): git submodule update --init; or {FOLDER}"
    return FOLDER


def empty_submodules(root: Path) -> list[str]:
    """Submodules of a repository whose folders are empty or missing, relative to it."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    try:
        lines = content(root / ".gitmodules").splitlines()
        parser.read_string("\n".join(line.strip() for line in lines))
    except configparser.Error:
        return []
    paths = [parser[section].get("path", "") for section in parser.sections()]
    return sorted(path for path in paths if path and _is_empty(root / path))


def _is_empty(folder: Path) -> bool:
    try:
        return not any(folder.iterdir())
    except OSError:
        return True


def _is_bcc(path: Path) -> bool:
    text = content(path)
    return bool(BCC.search(text)) and not SECTION.search(text)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:6])
    return shown + (f" and {len(names) - 6} more" if len(names) > 6 else "")
