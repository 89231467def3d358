"""The analysed folder, the C sources in it, and the root that reported paths are relative to."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from bpf_lint.files.reach import Reach, repository
from bpf_lint.files.reading import is_regular, read, within
from bpf_lint.model.errors import InputError
from bpf_lint.model.trust import Trust

HUGE = 8_000_000  # bytes; hand-written BPF programs are a hundredth of that
SOURCE = ".c"
# Files in the first folder of a project.
PROJECT = (
    *("Makefile", "makefile", "GNUmakefile", "CMakeLists.txt", "meson.build", "configure"),
    *("go.mod", "Cargo.toml", "pyproject.toml", "compile_commands.json", "bpf-lint.toml"),
)
MANY = 500_000  # entries of a tree that are looked at for what is no file


class Given(msgspec.Struct, frozen=True):
    """The paths of one command line, resolved.

    Args:
        root: Report root: the git repository that holds them, else the current folder.
        folder: Folder to analyse.
        files: Files that were named, if files were named.
    """

    root: Path
    folder: Path
    files: tuple[Path, ...] = ()

    @property
    def tree(self) -> Path:
        """What a stranger may have written, and must not lead out of.

        The repository; without one the current folder, where that is a project's and no home.
        """
        homes = (os.path.realpath(os.path.expanduser("~")), self.root.anchor)
        local = self.folder.is_relative_to(self.root) and str(self.root) not in homes
        return self.root if local or self.in_repository else self.folder

    @property
    def project(self) -> Path:
        """Where build files and loaders are looked for.

        The repository; without one, the current folder where files say that it is a project's, else
        the folder to analyse alone.
        """
        if self.in_repository or any((self.tree / mark).exists() for mark in PROJECT):
            return self.tree
        return self.folder

    @property
    def in_repository(self) -> bool:
        """True where a git repository holds the paths; the current folder's need not."""
        return (self.root / ".git").exists() and self.folder.is_relative_to(self.root)

    def trust_of(self, file: Path) -> Trust:
        """Whose word a configuration file is."""
        if not file.is_relative_to(self.tree):
            return Trust.USER
        return Trust.TREE if self.in_repository else Trust.FOLDER


class Tree(msgspec.Struct, frozen=True):
    """An analysed folder.

    Args:
        root: Absolute path of the report root.
        folder: Absolute path of the folder that profiles describe.
        files: C sources below the folder, relative to it, sorted.
        only: Programs (relative to the folder) that were named; empty for all.
        reach: Where headers may lie; None for the report root and the system's folders.
        trust: Whose word the compiler flags are.
        project: Where build files and loaders are looked for; "" for all that headers may lie in.
    """

    root: str
    folder: str
    files: tuple[str, ...]
    only: tuple[str, ...] = ()
    reach: Reach | None = None
    trust: Trust = Trust.TREE
    project: str = ""

    def reading(self) -> Reach:
        """Where headers may lie."""
        return self.reach or Reach(self.root)

    def around(self) -> Reach:
        """Where build files and loaders may lie."""
        reach = self.reading()
        return msgspec.structs.replace(reach, tree=self.project or reach.tree)


def resolve(paths: tuple[str, ...]) -> list[Given]:
    """The folders to analyse for the paths of a command line.

    Raises:
        InputError: A path does not exist, or they lie in different repositories.
    """
    folders: list[Path] = []
    files: dict[Path, list[Path]] = {}
    for text in paths:
        path = _existing(text)
        if path.is_dir():
            folders.append(path)
        else:
            files.setdefault(path.parent, []).append(path)
    places = list(dict.fromkeys([*folders, *files]))
    roots = {repository(place) for place in places}
    if len(roots) > 1:
        raise InputError("the paths lie in different repositories; run bpf-lint once for each")
    root = roots.pop() or Path(os.path.realpath(Path.cwd()))
    given = [Given(root, folder) for folder in dict.fromkeys(folders)]
    return given + [
        Given(root, folder, tuple(sorted(set(named))))
        for folder, named in files.items()
        if not any(folder.is_relative_to(whole) for whole in folders)
    ]


def _existing(text: str) -> Path:
    path = Path(text)
    checkout = repository(Path(os.path.abspath(text)))
    if checkout and not within(path, checkout):
        raise InputError(f"is a link that leaves {checkout}", text)
    try:
        if not path.exists():
            raise InputError("no such file or folder", text)
        if path.is_dir():
            os.scandir(path).close()
        elif is_regular(path):
            path.open("rb").close()
        else:
            raise InputError("neither a file nor a folder", text)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", text) from None
    real = Path(os.path.realpath(path))
    if not named_in_utf8(real if path.is_dir() else real.parent):
        raise InputError("its path is not UTF-8", text)
    return real


def discover(folder: Path, root: Path) -> tuple[str, ...]:
    """C sources below a folder, relative to it, sorted.

    Links are followed once each, and only to folders inside the report root.
    """
    found: list[str] = []
    for place, _, files in walk(folder, root):
        here = os.path.relpath(place, folder)
        names = [os.path.join(here, name) for name in files if name.endswith(SOURCE)]
        found += [os.path.normpath(name).replace(os.sep, "/") for name in names]
    return tuple(sorted(found))


def walk(folder: Path, root: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """Like `os.walk`, sorted, each folder once, links followed inside of the root."""
    seen: set[tuple[int, int]] = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        state = os.stat(place)
        if (state.st_dev, state.st_ino) in seen:
            folders.clear()
            continue
        seen.add((state.st_dev, state.st_ino))
        folders[:] = sorted(name for name in folders if _enter(place, name, root))
        yield place, folders, sorted(files)


def _enter(place: str, name: str, root: Path) -> bool:
    if name.startswith(".") or name == "node_modules":
        return False
    path = os.path.join(place, name)
    return not os.path.islink(path) or Path(os.path.realpath(path)).is_relative_to(root)


def special_files(folder: str) -> tuple[str, ...]:
    """Paths below a folder that are no files or folders, or links to such, sorted.

    Whoever opens one may wait for ever, or read what never ends.
    """
    found: list[str] = []
    places = [folder]
    left = MANY
    while places and left > 0:
        with contextlib.suppress(OSError), os.scandir(places.pop()) as entries:
            for entry in entries:
                left -= 1
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != ".git":
                        places.append(entry.path)
                elif not entry.is_file(follow_symlinks=False) and _special(entry):
                    found.append(entry.path)
    return tuple(sorted(found))


def _special(entry: os.DirEntry[str]) -> bool:
    try:
        mode = entry.stat().st_mode
    except OSError:
        return False  # leads nowhere
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def excluded(name: str, patterns: tuple[str, ...]) -> bool:
    """True where a path, or a folder above it, matches an exclusion glob."""
    parts = name.split("/")
    above = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    return any(fnmatchcase(part, pattern.rstrip("/")) for pattern in patterns for part in above)


def named_in_utf8(path: Path) -> bool:
    """True for a path that reports can name."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def unusable(path: Path, tree: Path) -> str:
    """Why a source cannot be analysed, or ""."""
    if not named_in_utf8(path):
        return "its name is not UTF-8"
    if not within(path, tree):
        return "is a link that leaves the tree"
    try:
        size = path.stat().st_size
        if size > HUGE:
            return f"{size / 1e6:.0f} MB is more than a program; taken for generated"
        read(path, HUGE).decode()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except UnicodeDecodeError as error:
        return f"is not UTF-8 (byte {error.start})"
    return ""
