"""What a parse depended on: files, and folders where another would have been found first."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from functools import cache

import msgspec

from bpf_lint.cache.outline import outline_of
from bpf_lint.files.reach import of_environment
from bpf_lint.files.reading import read

# A part of "__has_include" that `##` can make it from, but for the name itself.
_PASTED = re.compile(rb"\b(?:__h(?:as?|as_(?:i\w{0,5})?)?|_?has_include)\b(?<!__has_include)")
# A test for a header; a definition of a stand-in for it is none.
_TESTED = re.compile(
    rb"(#\s*define\s+)?__has_(?:include(?:_next)?|embed)\s*\(\s*(?:<([^>\n]+)>|\"([^\"\n]+)\")?"
)
_SPLICE = re.compile(rb"\\[ \t]*\r?\n")
FOLDER_FLAGS = ("-I", "-isystem", "-iquote", "-idirafter")


class Manifest(msgspec.Struct, frozen=True, array_like=True):
    """Digests of files, and of what folders had of the names that were looked for, as they were.

    Args:
        names: File names that were looked for, without their folders.
        whole: False where a file tests for headers whose names are not in its text: then nothing
            tells what the parse depended on.
    """

    files: dict[str, bytes]
    folders: dict[str, bytes]
    names: frozenset[str]
    whole: bool

    def holds(self) -> bool:
        """True where nothing has changed since."""
        return (
            self.whole
            and all(listing_digest(path, self.names) == old for path, old in self.folders.items())
            and all(file_digest(path) == old for path, old in self.files.items())
        )


def manifest(root: str, files: Iterable[str], flags: Iterable[Iterable[str]]) -> Manifest:
    """The manifest of a parse.

    An include name is searched beside the file that includes it and then in the include
    folders. For every file that was read, each place where a file of the same name would
    have been found belongs to the manifest, as the listing of its folder. So does each place where
    `__has_include` looks.

    Args:
        root: Folder that relative paths start from.
        files: Every file that was read.
        flags: Flags of the programs that were parsed.
    """
    read_files = {os.path.normpath(os.path.join(root, file)) for file in files}
    bases = {os.path.dirname(file) for file in read_files} | set(of_environment())
    flags = list(flags)
    for one in flags:
        bases.update(os.path.normpath(os.path.join(root, d)) for d in include_folders(one))
    tests = [tested(file) for file in read_files]
    tests += [None for one in flags for flag in one if "__has_" in flag]
    sought = {
        file[len(base) + 1 :]
        for file in read_files
        for base in bases
        if file.startswith(base + os.sep)
    }
    sought |= {name for found in tests for name in found or ()}
    below = {os.path.dirname(name) for name in sought}
    names = frozenset(os.path.basename(name) for name in sought)
    folders = {os.path.normpath(os.path.join(base, name)) for base in bases for name in below}
    return Manifest(
        {file: file_digest(file) for file in sorted(read_files)},
        {folder: listing_digest(folder, names) for folder in sorted(folders)},
        names,
        None not in tests,
    )


def include_folders(flags: Iterable[str]) -> list[str]:
    """The folders that flags search for headers, in order."""
    found: list[str] = []
    after = False
    for flag in flags:
        if after:
            found.append(flag)
            after = False
        elif flag in FOLDER_FLAGS:
            after = True
        else:
            found += [flag[len(one) :] for one in FOLDER_FLAGS if flag.startswith(one)][:1]
    return found


@cache
def file_digest(path: str) -> bytes:
    """Digest of a file's content; empty where it cannot be read. Read once a run."""
    try:
        return hashlib.sha256(read(path)).digest()
    except OSError:
        return b""


@cache
def tested(path: str) -> tuple[str, ...] | None:
    """Names of headers that a file tests for; None where its text does not say which."""
    try:
        data = read(path)
    except OSError:
        return ()
    data = _SPLICE.sub(b"", data)
    if b"##" in data and _PASTED.search(data):
        return None
    if b"__has_" not in data:
        return ()
    found = [one for one in _TESTED.finditer(data) if not one[1]]
    if not all(one[2] or one[3] for one in found):
        return None
    return tuple(os.fsdecode(one[2] or one[3]) for one in found)


@cache
def listing_digest(path: str, names: frozenset[str]) -> bytes:
    """Digest of what a folder has of some names; empty where it cannot be read. Once a run."""
    found = _listing(path)
    if found is None:
        return b""
    there = sorted(f"{name}/{_kind(found[name])}" for name in found.keys() & names)
    return hashlib.sha256("\0".join(there).encode("utf-8", "surrogateescape")).digest()


@cache
def _listing(path: str) -> dict[str, os.DirEntry[str]] | None:
    try:
        with os.scandir(path) as entries:
            return {entry.name: entry for entry in entries}
    except OSError:
        return None


def _kind(entry: os.DirEntry[str]) -> str:
    """What an entry is, links followed: one that leads nowhere may lead somewhere tomorrow."""
    try:
        if entry.is_file():
            return "file"
        return "folder" if entry.is_dir() else "none"
    except OSError:
        return "none"


def forget() -> None:
    """Read everything again: called where a run begins."""
    file_digest.cache_clear()
    outline_of.cache_clear()
    tested.cache_clear()
    listing_digest.cache_clear()
    _listing.cache_clear()
