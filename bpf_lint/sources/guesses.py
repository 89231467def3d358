"""Flags for programs that nobody gave flags for: found in a repository's files, never run.

In this order, the first that speaks of a program: a `bpf2go` line, a compilation database, the
nearest makefile, the nearest CMakeLists.txt or meson.build. Then the headers that are still not
found are looked for in the repository by the end of their path.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from bpf_lint.files.reach import Reach
from bpf_lint.model.errors import ConfigError
from bpf_lint.model.trust import Trust
from bpf_lint.sources import bpf2go, cmakefiles, database
from bpf_lint.sources.flags import Vetted, vet
from bpf_lint.sources.includes import Include, Scanner
from bpf_lint.sources.inventory import MAKEFILES, Inventory, bare, take
from bpf_lint.sources.makefiles import Flag, Makefile
from bpf_lint.sources.recorded import Databases
from bpf_lint.sources.supplied import SUPPLIED
from bpf_lint.sources.text import is_file

FOLDERS = ("-I", "-isystem", "-iquote", "-idirafter")
SYSTEM = ("/usr/include", "/usr/local/include", f"/usr/include/{platform.machine()}-linux-gnu")
TEST = re.compile(r"(?:^|[/_-])(?:tests?|ut|unit)(?:[/_.-]|$)")
ROUNDS = 8  # headers that were found include others
MOST_ALTERNATIVES = 3
# What a repository often has of its own, and rightly prefers.
LIBBPF = {"bpf_helpers.h", "bpf_helper_defs.h", "bpf_endian.h", "bpf_tracing.h", "bpf_core_read.h"}
_PROCESSORS = {"x86_64": "x86", "aarch64": "arm64", "riscv64": "riscv"}


class Basis(msgspec.Struct, frozen=True, order=True):
    """A guessed flag and what it rests on.

    Args:
        path, line: Relative to the root; where the build, or the include, is written.
        others: Files that would have answered as well as the one that was taken.
    """

    flag: str
    why: str
    path: str
    line: int
    others: tuple[str, ...] = ()


class Guess(msgspec.Struct, frozen=True):
    """The flags of one program.

    Args:
        alternatives: Other flags, to be tried where these do not compile.
    """

    flags: tuple[str, ...]
    basis: tuple[Basis, ...] = ()
    alternatives: tuple[tuple[str, ...], ...] = ()


class Guesses(msgspec.Struct, frozen=True):
    """Guesses by absolute source path.

    Args:
        parts: C files that a program includes: they are no programs of their own.
    """

    programs: dict[str, Guess]
    parts: tuple[str, ...] = ()

    def database(self, alternative: int = 0) -> database.Database:
        """The flags as a compilation database has them.

        Args:
            alternative: 0 for the first choice, 1 for the next, ...
        """
        flags = {
            path: Vetted((one.flags, *one.alternatives)[alternative])
            for path, one in self.programs.items()
            if alternative <= len(one.alternatives)
        }
        return database.Database("", flags)

    def sources(self, root: str) -> list[str]:
        """The files that flags were found in, for a report."""
        found = {
            one.path
            for guess in self.programs.values()
            for one in guess.basis
            if one.why != SEARCHED
        }
        return sorted(
            os.path.relpath(path, root) if os.path.isabs(path) else path for path in found
        )


SEARCHED = "a header found by its path's end"


def guess(
    programs: Iterable[str],
    root: Path,
    base: Sequence[str],
    reach: Reach,
    *,
    build_files: bool = True,
    system_headers: bool = True,
) -> Guesses:
    """Find flags for programs.

    Args:
        programs: Absolute paths.
        root: Report root.
        reach: Where headers may lie; nothing elsewhere is read.
        base: Vetted flags that every program has, relative to the root.
        build_files: False where the base flags are the user's own.
        system_headers: False to leave this machine's headers out.
    """
    found = _Search(root, tuple(base), reach, build_files, system_headers)
    guesses = {path: found.program(path) for path in sorted(set(programs))}
    return Guesses(guesses, tuple(sorted(found.parts - found.generated.keys())))


class _Search:
    """One repository: its inventory, and what its build files say."""

    def __init__(
        self,
        root: Path,
        base: tuple[str, ...],
        reach: Reach,
        build_files: bool,
        system_headers: bool,
    ) -> None:
        self.root, self.base, self.build_files = root, base, build_files
        self.reach = reach
        # Without a repository the report's root can be any current folder: none of the tree's.
        self.tree = Path(reach.tree)
        self.inventory: Inventory = take(self.tree)
        self.scanner = Scanner(reach)
        self.supplied = (*SUPPLIED, *(SYSTEM if system_headers else ()))
        self.processor = _PROCESSORS.get(platform.machine(), platform.machine())
        self.makefiles: dict[str, list[Flag]] = {}
        self.parts: set[str] = set()
        self.generated = dict(self._generated()) if build_files else {}
        databases = self.inventory.databases if build_files else ()
        self.databases = Databases(databases, reach.tree, reach)

    def program(self, path: str) -> Guess:
        """The flags of one program."""
        written = list(self._written(path)) if self.build_files else []
        kept = [(flag, vetted) for flag in written if (vetted := self._vetted(flag))]
        flags = [word for _, words in kept for word in words]
        basis = [
            Basis("".join(words), "written there", self._shown(flag.path), flag.line)
            for flag, words in kept
        ]
        flags += self.base
        choices = [self._searched(path, tuple(flags), number) for number in range(3)]
        first, searched = choices[0]
        others = [one for one, _ in choices[1:] if one != first]
        alternatives = tuple(dict.fromkeys(others))[:MOST_ALTERNATIVES]
        return Guess(first, (*basis, *searched), alternatives)

    def _generated(self) -> Iterator[tuple[str, list[Flag]]]:
        for path in self.inventory.generators:
            yield from bpf2go.read(path)

    def _written(self, path: str) -> list[Flag]:
        """What the repository's builds say, or have left, about a program."""
        if path in self.generated:
            return self.generated[path]
        if recorded := self.databases.flags(path):
            return recorded
        folder = os.path.dirname(path)
        while folder.startswith(str(self.tree)):
            flags = self._built(folder)
            if flags:
                return flags
            folder = os.path.dirname(folder)
        return []

    def _built(self, folder: str) -> list[Flag]:
        """What the build files of one folder say."""
        if folder not in self.makefiles:
            flags: list[Flag] = []
            for path in sorted(self.inventory.builds.get(folder, ()), key=_makefiles_first):
                if os.path.basename(path) in MAKEFILES:
                    flags = Makefile(path, str(self.tree)).flags()
                elif not path.endswith(".mk"):
                    flags = list(cmakefiles.read(path, str(self.tree)))
                if flags:
                    break
            self.makefiles[folder] = flags
        return self.makefiles[folder]

    def _vetted(self, flag: Flag) -> tuple[str, ...]:
        """A flag relative to the root; nothing where it leads out of it, or nowhere."""
        option = next((one for one in (*FOLDERS, "-include") if flag.words[0].startswith(one)), "")
        try:
            words = vet(flag.words, Path(flag.folder), self.root, self.reach, Trust.TREE).flags
        except ConfigError:
            return ()
        if option:
            path = os.path.join(self.root, words[-1])
            inside = Path(os.path.realpath(path)).is_relative_to(self.tree)
            exists = os.path.isdir(path) if option in FOLDERS else is_file(path)
            return words if inside and exists else ()
        return words

    def _searched(
        self, path: str, flags: tuple[str, ...], choice: int
    ) -> tuple[tuple[str, ...], list[Basis]]:
        """Flags with the folders of headers that are missing, and why."""
        basis: list[Basis] = []
        for _ in range(ROUNDS):
            missing, read = self.scanner.missing(path, self._folders(flags))
            if not TEST.search(self._shown(path)):
                self.parts.update(one for one in read if one.endswith(".c") and one != path)
            added = [one for lost in missing if (one := self._found(lost, flags, choice))]
            fresh = {one.flag: one for one in added}
            if not fresh:
                break
            flags += tuple(word for flag in fresh for word in ("-I", flag.removeprefix("-I")))
            basis += fresh.values()
        return flags, basis

    def _found(self, lost: Include, flags: Sequence[str], choice: int) -> Basis | None:
        """The folder for a missing header, if the repository has one that is not searched yet."""
        if self._answered(lost.name):
            return None
        candidates = self.inventory.named(lost.name, lost.path, self.processor)
        folders = [self._folder(one, lost.name) for one in candidates]
        usable = list(dict.fromkeys(one for one in folders if one))
        if not usable:
            return None
        taken = usable[min(choice, len(usable) - 1)]
        shown = os.path.relpath(taken, self.root)
        if taken in self._folders(flags):
            return None
        others = tuple(os.path.relpath(one, self.root) for one in usable if one != taken)
        return Basis(f"-I{shown}", SEARCHED, self._shown(lost.path), lost.line, others[:4])

    def _answered(self, name: str) -> bool:
        """True for headers of the C library and the kernel: those are not looked for."""
        plain = os.path.basename(name)
        if plain in LIBBPF or plain == "vmlinux.h" or name.startswith(("bpf/", ".")):
            return False
        return any(is_file(os.path.join(folder, name)) for folder in self.supplied)

    def _folder(self, path: str, name: str) -> str:
        """The folder from which an include name leads to a file, "" where there is none."""
        plain = bare(name)
        above = path[: -len(plain) - 1]
        ups = name.split("/").count("..")
        if not ups:
            return above
        inner = os.path.dirname(plain).split("/")[:ups]
        if len([part for part in inner if part]) == ups:
            return os.path.join(above, *inner)
        return ""

    def _folders(self, flags: Sequence[str]) -> list[str]:
        """The include folders of flags, absolute."""
        return include_folders(flags, self.root)

    def _shown(self, path: str) -> str:
        return os.path.relpath(path, self.root)


def include_folders(flags: Sequence[str], root: Path) -> list[str]:
    """The include folders of flags that are relative to a root, absolute."""
    found = []
    for at, flag in enumerate(flags):
        if flag in FOLDERS and at + 1 < len(flags):
            found.append(flags[at + 1])
        elif flag.startswith("-I") and flag != "-I":
            found.append(flag[2:])
    return [os.path.normpath(os.path.join(root, one)) for one in found]


def _makefiles_first(path: str) -> tuple[bool, str]:
    return os.path.basename(path) not in MAKEFILES, path
