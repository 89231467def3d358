"""Where to look first for the commit that brought or removed a finding: where its text changed.

A guess costs two states where it is right, and is as good as any other where it is not: what a
finding depends on may be anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bpf_lint.survey.job import Sighting
from bpf_lint.triage.git import Clone


def guesses(clone: Clone, changes: Sequence[str], one: Sighting, comes: bool) -> list[int]:
    """Changes that bring or remove the text of a finding, each after the one before it, the
    likeliest first.

    Args:
        changes: Commits, oldest first; the first is compared with the second at the earliest.
    """
    counts = list(_counts(clone, changes, one))
    pairs = [
        (at - 1, at)
        for at in range(1, len(counts))
        if (counts[at] > counts[at - 1] if comes else counts[at] < counts[at - 1])
    ]
    # Nearest to the state that has it: text that came earlier need not be the same.
    nearest = reversed(pairs) if comes else pairs
    return list(dict.fromkeys(at for pair in nearest for at in pair))


def _counts(clone: Clone, changes: Sequence[str], one: Sighting) -> Iterator[int]:
    """How often the statement is in the file, by commit."""
    asked = "".join(f"{commit}:{one.path}\n" for commit in changes)
    done = clone.git("cat-file", "--batch", data=asked.encode("utf-8", "surrogateescape"))
    statement = " ".join(one.statement.split()).encode("utf-8", "replace")
    position = 0
    for _ in changes:
        end = done.stdout.find(b"\n", position)
        head = done.stdout[position:end].split()
        if end < 0 or len(head) != 3 or head[1] != b"blob" or not head[2].isdigit():
            yield 0  # the commit has no such file
            position = end + 1
            continue
        size = int(head[2])
        lines = done.stdout[end + 1 : end + 1 + size].split(b"\n")
        yield sum(b" ".join(line.split()) == statement for line in lines)
        position = end + 2 + size
