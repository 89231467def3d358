"""Files of a commit as git stores them, and on disk."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

import msgspec

from bpf_lint.triage.errors import TriageError
from bpf_lint.triage.git import Clone, message

LINK = "120000"
_FILES = ("100644", "100755")


class Entry(msgspec.Struct, frozen=True, order=True):
    """A file of a commit: its mode, its blob, its path from the root."""

    mode: str
    blob: str
    path: str


class Content(msgspec.Struct, frozen=True, order=True):
    """A file with its content; that of a link is where it leads."""

    path: str
    mode: str
    data: bytes


def entries(clone: Clone, commit: str, wanted: Sequence[str]) -> set[Entry]:
    """Files of the commit at or below the wanted paths; those it lacks are left out."""
    if not wanted:
        return set()
    paths = [] if "." in wanted else ["--", *wanted]
    done = clone.git("ls-tree", "-r", "-z", "--full-tree", commit, *paths)
    if done.returncode:
        raise TriageError(f"cannot list the files of {commit[:12]}: {message(done)}")
    found = set()
    for record in done.stdout.split(b"\0")[:-1]:
        head, _, path = record.partition(b"\t")
        mode, kind, blob = head.decode("ascii").split()[:3]
        entry = Entry(mode, blob, os.fsdecode(path))
        if kind == "blob" and _inside(entry.path):
            found.add(entry)
    return found


def contents(clone: Clone, wanted: Sequence[Entry]) -> list[Content]:
    """The contents of files and links: links come last, what is neither is left out."""
    kept = [one for one in wanted if one.mode in _FILES]
    kept += [one for one in wanted if one.mode == LINK]
    data = _blobs(clone, [one.blob for one in kept])
    return [Content(one.path, one.mode, found) for one, found in zip(kept, data, strict=True)]


def write(files: Iterable[Content], root: Path) -> None:
    """Write files of a commit, the links after all else."""
    links = []
    for one in files:
        path = root / one.path
        if not _make(path.parent, root) or os.path.lexists(path):
            continue  # a malformed tree: two entries have one name
        if one.mode != LINK:
            path.write_bytes(one.data)
        elif not one.data.startswith(b"/"):
            path.symlink_to(os.fsdecode(one.data))
            links.append(path)
    _remove_escapes(root, links)


def _make(folder: Path, root: Path) -> bool:
    """Make a folder below the root; False where a link or a file stands in its way."""
    for place in reversed([folder, *folder.parents]):
        if place.is_relative_to(root) and not place.is_dir() and not os.path.lexists(place):
            place.mkdir()
        elif place.is_relative_to(root) and (place.is_symlink() or not place.is_dir()):
            return False
    return True


def _blobs(clone: Clone, names: list[str]) -> list[bytes]:
    """Contents of blobs, as they are stored: no filter is applied."""
    if not names:
        return []
    lines = "".join(f"{name}\n" for name in names).encode("ascii")
    done = clone.git("cat-file", "--batch", data=lines)
    blobs, position, output = [], 0, done.stdout
    for name in names:
        end = output.find(b"\n", position)
        head = output[position:end].split()
        if done.returncode or end < 0 or len(head) != 3:
            hint = "a partial clone lacks it, fetch it first"
            raise TriageError(f"cannot read blob {name[:12]} of the revision; {hint}")
        start, size = end + 1, int(head[2])
        blobs.append(output[start : start + size])
        position = start + size + 1
    return blobs


def _inside(path: str) -> bool:
    """True for a relative path that does not climb."""
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and ".git" not in parts


def _remove_escapes(root: Path, links: Iterable[Path]) -> None:
    """Remove symbolic links that lead out of the checkout, once all of them stand."""
    inside = root.resolve()
    for link in links:
        try:
            stays = link.resolve().is_relative_to(inside) and not _turns(link)
        except (OSError, RuntimeError):
            stays = False
        if link.is_symlink() and not stays:
            link.unlink()


def _turns(link: Path) -> bool:
    """True for a link that leads to itself: some versions of Python resolve it, others refuse."""
    try:
        link.stat()
    except OSError as error:
        return error.errno == errno.ELOOP
    return False
