"""What loads programs, read as text and never run: attachments, devices, lines that write names.

Go (netlink, cilium/ebpf), C (libbpf), shell (tc, ip) and Python (pyroute2, BCC). What is found is
an assumption: a line of text says less than the code around it does.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from bpf_lint.files.reach import Reach
from bpf_lint.sources.text import read_text
from bpf_lint.sources.tree import walk

LANGUAGES = (".go", ".c", ".cc", ".cpp", ".h", ".hpp", ".sh", ".py", ".rs")
C_LIKE = (".c", ".cc", ".cpp", ".h", ".hpp")
PROGRAM = re.compile(r'\bSEC\("')  # these are loaded, and load nothing
LARGEST = 400_000  # bytes of a loader
MOST = 5_000  # files
BEFORE, AFTER = 40, 26  # lines around a call that belong to it
DETACH = re.compile(r"\bxdp\w*\W+off\b")
ATTACH = re.compile(
    r"bpf_program__attach_(?:xdp|tcx|netkit)|\bbpf_tc_attach\s*\(|\bbpf_xdp_attach\s*\("
    r"|bpf_set_link_xdp_fd|\blink\.Attach(?:XDP|TCX|Netkit)|\bBpfFilter\{|LinkSetXdpFd"
    r"|\bfilter (?:add|replace) |\blink set .*\bxdp|attach_xdp\(|[\"']add-filter[\"']"
    r"|bpftool net attach"
)
HOOKS = {
    "netkit-primary": re.compile(r"(?i)netkit_?primary"),
    "netkit-peer": re.compile(r"(?i)netkit_?peer"),
    "tc-egress": re.compile(r"(?i)egress|ffff:fff3"),
    "tc-ingress": re.compile(r"(?i)ingress|ffff:fff2"),
    "xdp": re.compile(r"(?i)xdp"),
}
WORD = re.compile(r"[A-Za-z_]\w*")
SHELL_DEVICE = re.compile(
    r"\blink add (?:name |dev )?(?!type\b)(?P<name>[^\s;]+)(?: \S+)*? type (?P<kind>\w+)"
)
GO_DEVICE = re.compile(r"\bnetlink\.(?P<kind>[A-Z]\w+)\{")
PYTHON_DEVICE = re.compile(r"""\blink\(\s*["']add["'].*?kind=["'](?P<kind>\w+)""")


class Line(NamedTuple):
    """A line of a loader."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


class Attached(NamedTuple):
    """An entry that a loader attaches, and where; "" for a hook that is not told."""

    entry: str
    hook: str
    said: Line


class Loaders:
    """The files of a repository that may load programs."""

    def __init__(self, root: Path, reach: Reach) -> None:
        self._files = dict(_files(root, reach))

    def attached(self, entries: Mapping[str, str]) -> Iterator[Attached]:
        """Attachments of entries, by their functions as `folded` writes them, and "sec SECTION"."""
        for path, lines in self._files.items():
            for at, line in enumerate(lines):
                if ATTACH.search(line) and not DETACH.search(line):
                    yield from _attached(path, lines, at, entries)

    def devices(self, kinds: Collection[str]) -> Iterator[tuple[str, Line]]:
        """Devices of known kinds that are made, with their kinds."""
        for path, lines in self._files.items():
            for at, text in enumerate(lines):
                for pattern in (SHELL_DEVICE, GO_DEVICE, PYTHON_DEVICE):
                    match = pattern.search(text)
                    if match and match["kind"].lower() in kinds:
                        yield match["kind"].lower(), _line(path, lines, at)

    def written(self, name: str) -> Iterator[Line]:
        """Lines that write a constant, or a member, of a name."""
        own = re.escape(name.rpartition(".")[2])
        write = re.compile(
            rf"(?:->|\.){own}\s*=(?!=)|[\"'\[]{own}[\"'\]]\s*[\]:,]|-D\s*{own}=|\b{own}\s*:\s|^{own}="
        )
        camel = re.compile(rf"\b{re.escape(folded(own))}\s*(?::|=)", re.IGNORECASE)
        for path, lines in self._files.items():
            for at, text in enumerate(lines):
                if write.search(text) or (path.endswith(".go") and camel.search(text)):
                    yield _line(path, lines, at)


def folded(name: str) -> str:
    """A name as it is in any language: bpf2go writes from_pod as FromPod."""
    return name.replace("_", "").lower()


def _files(root: Path, reach: Reach) -> Iterator[tuple[str, list[str]]]:
    seen = 0
    for place, folders, names in walk(root, root):
        folders[:] = [name for name in folders if name not in ("vendor", "testdata")]
        for name in names:
            path = os.path.join(place, name)
            if name.endswith(LANGUAGES) and seen < MOST and reach.in_tree(path):
                seen += 1
                text = read_text(path, LARGEST)
                if not PROGRAM.search(text):
                    yield os.path.relpath(path, root), text.splitlines()


def _attached(
    path: str, lines: list[str], at: int, entries: Mapping[str, str]
) -> Iterator[Attached]:
    """The entries that a call is about: named from there on, or before with what it is given."""
    given = set(re.findall(r"&(\w+)", lines[at]))
    above = range(at - 1, max(at - BEFORE, 0) - 1, -1)
    before = [n for n in above if given & set(WORD.findall(lines[n]))]
    last = min(at + AFTER, len(lines))
    end = next((n for n in range(at + 1, last) if _ends(lines[n])), last)
    seen: set[str] = set()
    for near in (*before, *range(at, end)):
        found = _named(lines[near], entries)
        if found and found not in seen:
            seen.add(found)
            said = _line(path, lines, at)
            yield Attached(found, _hook([lines[at], lines[near]], lines, at, path), said)


def _ends(text: str) -> bool:
    """True where a call is over, as far as a line says: the function is, or another call begins."""
    return bool(text.startswith("}") or ATTACH.search(text))


def _named(text: str, entries: Mapping[str, str]) -> str:
    """The entry that a line names: by its function, or its section after "sec"."""
    section = re.search(r"\bsec(?:tion)? (\S+)", text)
    if section:
        return entries.get(f"sec {section[1]}", "")
    words = (folded(word).removeprefix("program") for word in WORD.findall(text))
    return next((entries[word] for word in words if word in entries), "")


def _hook(told: list[str], lines: list[str], at: int, path: str) -> str:
    """The hook that a call speaks of: in its own lines, else the nearest around it."""
    after, above = lines[at : at + AFTER], lines[max(at - BEFORE, 0) : at][::-1]
    near = [*above, *after] if path.endswith(C_LIKE) else after
    for text in (*told, *near):
        for hook, pattern in HOOKS.items():
            if pattern.search(text):
                return hook
    return ""


def _line(path: str, lines: list[str], at: int) -> Line:
    return Line(path, at + 1, " ".join(lines[at].split())[:100])
