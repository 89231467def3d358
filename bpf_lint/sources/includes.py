"""Which headers a program asks for, and which of them no folder has: read as text, not compiled.

Conditions of the preprocessor are not looked at, so more may be asked for here than a compiler
would ask for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

import msgspec

from bpf_lint.files.reach import Reach
from bpf_lint.sources.text import is_file, read_text

INCLUDE = re.compile(
    r'^[ \t]*#[ \t]*(?:include|include_next)[ \t]+(?:"([^"\n]+)"|<([^>\n]+)>)', re.M
)
MOST = 5000  # files of one program; a program of the kernel's own tests has some hundreds


class Include(msgspec.Struct, frozen=True, order=True):
    """An include line.

    Args:
        name: As written.
        quoted: True for "name", which is looked for beside the file first.
        path, line: Where it is.
    """

    name: str
    quoted: bool
    path: str
    line: int


class Scanner:
    """Follows include lines; each file is read once, however many programs include it.

    Args:
        reach: Where headers may lie; nothing elsewhere is read.
    """

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._lines: dict[str, tuple[Include, ...]] = {}

    def lines(self, path: str) -> tuple[Include, ...]:
        """The include lines of a file."""
        if path not in self._lines:
            text = read_text(path) if self.reach.holds(path) else ""
            self._lines[path] = tuple(
                Include(quoted or angled, bool(quoted), path, text.count("\n", 0, at) + 1)
                for at, quoted, angled in (
                    (one.start(), one[1], one[2]) for one in INCLUDE.finditer(text)
                )
            )
        return self._lines[path]

    def missing(self, program: str, folders: Sequence[str]) -> tuple[list[Include], list[str]]:
        """The include lines below a program that no folder answers, and the files that were read.

        Args:
            program: Absolute path.
            folders: Absolute paths, in the order in which they are searched.
        """
        seen: dict[str, None] = {}
        lost: dict[str, Include] = {}
        work = [program]
        while work and len(seen) < MOST:
            path = work.pop()
            if path in seen:
                continue
            seen[path] = None
            for one in self.lines(path):
                found = resolve(one, folders)
                if found:
                    work.append(found)
                else:
                    lost.setdefault(one.name, one)
        return sorted(lost.values()), list(seen)


def resolve(include: Include, folders: Sequence[str]) -> str:
    """The file that an include line means, "" where no folder has it."""
    beside = [os.path.dirname(include.path)] if include.quoted else []
    for folder in [*beside, *folders]:
        path = os.path.normpath(os.path.join(folder, include.name))
        if is_file(path):
            return path
    return ""
