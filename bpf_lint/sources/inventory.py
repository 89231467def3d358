"""What a repository holds besides programs: headers by name, and files that tell of builds."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from bpf_lint.sources.tree import walk

MOST_FILES = 300_000
DATABASE = "compile_commands.json"
MAKEFILES = ("GNUmakefile", "Makefile", "makefile", "Kbuild")
BUILDS = (*MAKEFILES, "CMakeLists.txt", "meson.build")
# Names of processors in folders; those of this machine's kind come first.
PROCESSORS = {
    "x86": {"x86", "x86_64", "amd64"},
    "arm64": {"arm64", "aarch64"},
    "arm": {"arm", "armhf"},
    "riscv": {"riscv", "riscv64"},
    "other": {"s390", "s390x", "mips", "powerpc", "ppc64le", "loongarch", "loongarch64"},
}


class Inventory(msgspec.Struct, frozen=True):
    """Paths of a repository, absolute.

    Args:
        headers: By base name: headers, and C files, which may be included too.
        builds: Build files by folder.
        generators: Go files outside of vendor folders.
        databases: Compilation databases.
    """

    root: str
    headers: dict[str, list[str]]
    builds: dict[str, list[str]]
    generators: list[str]
    databases: list[str]

    def named(self, name: str, near: str, processor: str) -> list[str]:
        """Files whose path ends with an include name, the nearest to a file first.

        Args:
            name: As included; leading "./" and "../" are not compared.
            near: The file that includes it.
            processor: Folders of other processors come last ("x86", "arm64", ...).
        """
        plain = bare(name)
        found = [
            path
            for path in self.headers.get(os.path.basename(plain), ())
            if path == near or path.endswith("/" + plain)
        ]
        return sorted(
            (path for path in found if path != near),
            key=lambda path: (_foreign(path, processor), distance(path, near), len(path), path),
        )


def bare(name: str) -> str:
    """An include name without leading "./" and "../"."""
    parts = name.split("/")
    while parts and parts[0] in (".", ".."):
        parts = parts[1:]
    return "/".join(parts)


def take(root: Path) -> Inventory:
    """Walk a repository once."""
    found = Inventory(str(root), {}, {}, [], [])
    seen = 0
    for place, folders, files in walk(root, root):
        folders[:] = [name for name in folders if name not in ("vendor", "testdata")]
        seen += len(files)
        if seen > MOST_FILES:
            break
        _file(found, place, files)
    return found


def _file(found: Inventory, place: str, files: Iterable[str]) -> None:
    for name in files:
        path = os.path.join(place, name)
        if name.endswith((".h", ".c", ".hpp", ".inc")):
            found.headers.setdefault(name, []).append(path)
        elif name.endswith(".go"):
            found.generators.append(path)
        elif name in BUILDS or name.endswith(".mk"):
            found.builds.setdefault(place, []).append(path)
        elif name == DATABASE:
            found.databases.append(path)


def distance(path: str, near: str) -> int:
    """Folders to go up and down from one file to another."""
    one, other = path.split("/")[:-1], near.split("/")[:-1]
    shared = len(os.path.commonpath([path, near]).rstrip("/").split("/"))
    return len(one) + len(other) - 2 * shared


def _foreign(path: str, processor: str) -> bool:
    """True for a file in a folder of another processor."""
    words = set(path.split("/"))
    own = PROCESSORS.get(processor, {processor})
    others = set().union(*(names for kind, names in PROCESSORS.items() if kind != processor))
    return bool(words & others) and not words & own
