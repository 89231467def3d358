"""What commits say of themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timezone

import msgspec

from bpf_lint.triage.errors import TriageError
from bpf_lint.triage.git import Clone, message


class Commit(msgspec.Struct, frozen=True):
    """A commit: the day on which it was committed (UTC), and the first line of its message."""

    date: str
    subject: str


def commits(clone: Clone, names: Iterable[str]) -> dict[str, Commit]:
    """Commits by their full hash."""
    wanted = list(dict.fromkeys(names))
    return dict(zip(wanted, _read(clone, wanted), strict=True))


def _read(clone: Clone, names: list[str]) -> Iterator[Commit]:
    done = clone.git("cat-file", "--batch", data="".join(f"{one}\n" for one in names).encode())
    if done.returncode:
        raise TriageError(message(done))
    position = 0
    for _ in names:
        end = done.stdout.index(b"\n", position)
        size = int(done.stdout[position:end].split()[2])
        yield _commit(done.stdout[end + 1 : end + 1 + size])
        position = end + 2 + size


def _commit(data: bytes) -> Commit:
    head, _, text = data.partition(b"\n\n")
    line = next((one for one in head.split(b"\n") if one.startswith(b"committer ")), b"")
    seconds = line.split()[-2] if len(line.split()) > 2 else b"0"
    subject = text.strip().split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    return Commit(_day(seconds), subject)


def _day(seconds: bytes) -> str:
    try:
        return datetime.fromtimestamp(int(seconds), timezone.utc).strftime("%Y-%m-%d")
    except (ValueError, OverflowError, OSError):
        return ""
