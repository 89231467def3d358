"""What loads programs, read as text and never run: attachments, devices, lines that write names.

Go (netlink, cilium/ebpf), C (libbpf), shell (tc, ip), Python (pyroute2, BCC) and Rust (aya); the
patterns are data (`rules/kernel/loading.toml`). What is found is an assumption: a line of text says
less than the code around it does.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.loading import LoaderLine
from bpf_lint.files.reach import Reach
from bpf_lint.sources.text import read_text
from bpf_lint.sources.tree import walk

LANGUAGES = (".go", ".c", ".cc", ".cpp", ".h", ".hpp", ".sh", ".py", ".rs")
C_LIKE = (".c", ".cc", ".cpp", ".h", ".hpp")
PROGRAM = re.compile(r'\bSEC\("')  # these are loaded, and load nothing
LARGEST = 400_000  # bytes of a loader
MOST = 5_000  # files
BEFORE, AFTER = 40, 26  # lines around a call that belong to it
WORD = re.compile(r"[A-Za-z_]\w*")
PUT = re.compile(r"(?i)update|\.put\(|insert|\.set\(")
NEAR = 2  # lines around a call that its arguments may stand in
SECTION = re.compile(r"\bsec(?:tion)? (\S+)")


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
    """The files of a repository that may load programs.

    Args:
        root: Folder that paths of lines are relative to.
        reach: What may be read.
        kernel: Patterns of what is looked for.
    """

    def __init__(self, root: Path, reach: Reach, kernel: KernelModel) -> None:
        self._files = dict(_files(root, reach))
        self._kernel = kernel
        self._attach = _any(kernel.attaching.values())
        self._detach = _any(kernel.detaching.values())

    def attached(self, entries: Mapping[str, str]) -> Iterator[Attached]:
        """Attachments of entries, by their functions as `folded` writes them, and "sec SECTION"."""
        for path, at in self._calls:
            yield from self._attached(path, at, entries)

    def devices(self, kinds: Collection[str]) -> Iterator[tuple[str, Line]]:
        """Devices of known kinds that are made, with their kinds."""
        patterns = [re.compile(one.pattern) for one in self._kernel.devices_made.values()]
        for path, lines in self._files.items():
            for at, text in enumerate(lines):
                for pattern in patterns:
                    match = pattern.search(text)
                    if match and match["kind"].lower() in kinds:
                        yield match["kind"].lower(), _line(path, lines, at)

    def written(self, name: str) -> Iterator[Line]:
        """Lines that write a constant, or a member ("record.member"), of a name.

        Files that mention the record come first.
        """
        record, _, plain = name.rpartition(".")
        own = re.escape(plain)
        write = re.compile(
            rf"(?:->|\.){own}\s*=(?!=)|[\"'\[]{own}[\"'\]]\s*[\]:,]|-D\s*{own}=|\b{own}\s*:\s|^{own}="
        )
        camel = re.compile(rf"\b{re.escape(folded(plain))}\s*(?::|=)", re.IGNORECASE)
        files = list(self._naming(plain))
        for path in sorted(files, key=lambda path: not self._names(path, record)):
            lines = self._files[path]
            for at, text in enumerate(lines):
                if write.search(text) or (path.endswith(".go") and camel.search(text)):
                    yield _line(path, lines, at)

    def filled(self, name: str) -> Iterator[Line]:
        """Lines that name a map where something is put into it."""
        for path in self._naming(name):
            lines = self._files[path]
            for at, text in enumerate(lines):
                near = lines[max(at - NEAR, 0) : at + NEAR + 1]
                if folded(name) in _words(text) and any(PUT.search(one) for one in near):
                    yield _line(path, lines, at)

    def named(self, function: str) -> Iterator[Line]:
        """Lines that name a program as what loads it does: as text, or as a skeleton's member."""
        own = re.escape(function)
        plain = re.compile(rf"[\"']{own}[\"']|\bprogs\.{own}\b")
        camel = re.compile(rf"(?i)\bobj\w*\.(?:program)?{re.escape(folded(function))}\b")
        for path in self._naming(function):
            lines = self._files[path]
            for at, text in enumerate(lines):
                if plain.search(text) or (path.endswith(".go") and camel.search(text)):
                    yield _line(path, lines, at)

    def _naming(self, name: str) -> Iterator[str]:
        """Files that have a name."""
        return (path for path in self._files if self._names(path, name))

    def _names(self, path: str, name: str) -> bool:
        """True for a file that has a name, as C or Go spells it."""
        if not name:
            return False
        lines = self._files[path]
        if any(name in text for text in lines):
            return True
        return path.endswith(".go") and any(folded(name) in text.lower() for text in lines)

    @cached_property
    def _calls(self) -> list[tuple[str, int]]:
        """Where programs are attached: paths, with indices of lines."""
        return [
            (path, at)
            for path, lines in self._files.items()
            for at, line in enumerate(lines)
            if self._attach.search(line) and not self._detach.search(line)
        ]

    def _attached(self, path: str, at: int, entries: Mapping[str, str]) -> Iterator[Attached]:
        """The entries of a call: named from there on, or before with what it is given."""
        lines = self._files[path]
        given = set(re.findall(r"&(\w+)", lines[at]))
        above = range(at - 1, max(at - BEFORE, 0) - 1, -1)
        before = [n for n in above if given & set(WORD.findall(lines[n]))] if given else []
        last = min(at + AFTER, len(lines))
        end = next((n for n in range(at + 1, last) if self._ends(lines[n])), last)
        seen: set[str] = set()
        for near in (*before, *range(at, end)):
            found = _named(lines[near], entries)
            if found and found not in seen:
                seen.add(found)
                hook = self._hook([lines[at], lines[near]], lines, at, path)
                yield Attached(found, hook, _line(path, lines, at))

    def _ends(self, text: str) -> bool:
        """True where a call is over, as far as a line says: the function is, or another begins."""
        return bool(text.startswith("}") or self._attach.search(text))

    def _hook(self, told: list[str], lines: list[str], at: int, path: str) -> str:
        """The hook that a call speaks of: in its own lines, else the nearest around it."""
        after, above = lines[at : at + AFTER], lines[max(at - BEFORE, 0) : at][::-1]
        near = [*above, *after] if path.endswith(C_LIKE) else after
        for text in (*told, *near):
            hooks = self._hooks_of(text)
            if hooks:
                return hooks[0] if len(hooks) == 1 else ""
        return ""

    def _hooks_of(self, text: str) -> list[str]:
        """The hooks that a line may speak of: the first kind of program whose words it has."""
        words = self._kernel.hook_words
        found = [one for one in words if re.search(one.pattern, text)]
        if found:
            kind = self._kernel.hooks[found[0].hook].program_type
            found = [one for one in found if self._kernel.hooks[one.hook].program_type == kind]
        if len(found) > 1:
            exact = [one for one in found if one.exactly and re.search(one.exactly, text)]
            found = exact or found
        return [one.hook for one in found]


def folded(name: str) -> str:
    """A name as it is in any language: bpf2go writes from_pod as FromPod."""
    return name.replace("_", "").lower()


def _any(lines: Iterable[LoaderLine]) -> re.Pattern[str]:
    """A pattern for each line that one of several matches."""
    return re.compile("|".join(f"(?:{one.pattern})" for one in lines) or r"(?!)")


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


def _named(text: str, entries: Mapping[str, str]) -> str:
    """The entry that a line names: by its function, or its section after "sec"."""
    section = SECTION.search(text)
    if section:
        return entries.get(f"sec {section[1]}", "")
    return next((entries[word] for word in _words(text) if word in entries), "")


@lru_cache(maxsize=20_000)
def _words(text: str) -> tuple[str, ...]:
    """The words of a line as they may name a program: bpf2go's fields may say that they do."""
    return tuple(folded(word).removeprefix("program") for word in WORD.findall(text))


def _line(path: str, lines: list[str], at: int) -> Line:
    return Line(path, at + 1, " ".join(lines[at].split())[:100])
