"""Lines of a file as digests, and where they are in another state of the file."""

from __future__ import annotations

import hashlib
from difflib import SequenceMatcher

from bpf_lint.cache.folder import Folder, key_of
from bpf_lint.cache.manifest import file_digest
from bpf_lint.files.reading import read

_SIZE = 8  # bytes of a line's digest
_MIDDLE = 20_000  # lines between what is alike at both ends, above which nothing more is compared


def keep(cache: Folder, path: str) -> bytes:
    """Keep the lines of a file as it is; the digest to find them by."""
    digest = file_digest(path)
    key = _key(digest)
    if digest and not cache.has(key):
        data = _content(path)
        if hashlib.sha256(data).digest() == digest:  # it may have changed in between
            cache.put(key, table(data))
    return digest


def moved(cache: Folder, path: str, before: bytes) -> dict[int, int] | None:
    """Where the lines of a file are now, old -> new: of an earlier state, by its digest.

    Returns:
        None where the file is as it was; what is not there any more is not in the answer.
    """
    if file_digest(path) == before:
        return None
    old = cache.get(_key(before))
    return moves(old, table(_content(path))) if old else {}


def table(data: bytes) -> bytes:
    """A digest for each line; none where the compiler may count lines otherwise."""
    if b"\r" in data.replace(b"\r\n", b"\n"):
        return b""
    return b"".join(hashlib.blake2b(one, digest_size=_SIZE).digest() for one in data.split(b"\n"))


def moves(old: bytes, new: bytes) -> dict[int, int]:
    """Lines that two tables share, in one order: number in the first -> in the second."""
    one, other = _lines(old), _lines(new)
    head = 0
    shorter = min(len(one), len(other))
    while head < shorter and one[head] == other[head]:
        head += 1
    tail = 0
    while tail < shorter - head and one[-1 - tail] == other[-1 - tail]:
        tail += 1
    found = {at: at for at in range(1, head + 1)}
    ends = len(one) - tail, len(other) - tail
    if max(ends) - head <= _MIDDLE:
        middle = SequenceMatcher(None, one[head : ends[0]], other[head : ends[1]])
        for at, to, size in middle.get_matching_blocks():
            found.update((head + at + n + 1, head + to + n + 1) for n in range(size))
    found.update((ends[0] + n, ends[1] + n) for n in range(1, tail + 1))
    return found


def _lines(digests: bytes) -> list[bytes]:
    return [digests[at : at + _SIZE] for at in range(0, len(digests), _SIZE)]


def _key(digest: bytes) -> str:
    return key_of("lines", digest)


def _content(path: str) -> bytes:
    """The content of a file; a lone carriage return, which has no lines, where it is not read."""
    try:
        return read(path)
    except OSError:
        return b"\r"
