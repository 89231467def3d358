"""What a parse depended on: files, and folders where a new file would be found first."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from functools import cache

import msgspec

FOLDER_FLAGS = ("-I", "-isystem", "-iquote", "-idirafter")


class Manifest(msgspec.Struct, frozen=True, array_like=True):
    """Digests of files and of folders' listings, as they were."""

    files: dict[str, bytes]
    folders: dict[str, bytes]

    def holds(self) -> bool:
        """True where nothing has changed since."""
        return all(listing_digest(path) == old for path, old in self.folders.items()) and all(
            file_digest(path) == old for path, old in self.files.items()
        )


def manifest(root: str, files: Iterable[str], flags: Iterable[Iterable[str]]) -> Manifest:
    """The manifest of a parse.

    An include name is searched beside the file that includes it and then in the include
    folders. For every file that was read, each place where a file of the same name would
    have been found belongs to the manifest, as the listing of its folder.

    Args:
        root: Folder that relative paths start from.
        files: Every file that was read.
        flags: Flags of the programs that were parsed.
    """
    read = {os.path.normpath(os.path.join(root, file)) for file in files}
    bases = {os.path.dirname(file) for file in read}
    for one in flags:
        bases.update(os.path.normpath(os.path.join(root, d)) for d in include_folders(one))
    names = {
        os.path.dirname(file[len(base) + 1 :])
        for file in read
        for base in bases
        if file.startswith(base + os.sep)
    }
    folders = {os.path.normpath(os.path.join(base, name)) for base in bases for name in names}
    return Manifest(
        {file: file_digest(file) for file in sorted(read)},
        {folder: listing_digest(folder) for folder in sorted(folders)},
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
        with open(path, "rb") as stream:
            return hashlib.sha256(stream.read()).digest()
    except OSError:
        return b""


@cache
def listing_digest(path: str) -> bytes:
    """Digest of the names in a folder; empty where it cannot be read. Read once a run."""
    try:
        names = sorted(os.listdir(path))
    except OSError:
        return b""
    return hashlib.sha256("\0".join(names).encode("utf-8", "surrogateescape")).digest()


def forget() -> None:
    """Read everything again: called where a run begins."""
    file_digest.cache_clear()
    listing_digest.cache_clear()
