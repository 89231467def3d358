"""What is left to edit in a configuration that `bpf-lint init` has written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bpf_lint.config.reading import parse
from bpf_lint.config.user import FILE

MOST = 5
UNNAMED = '# netns = ""'  # as reporters/proposals.py has it, in a comment
EXAMPLE = "uplink"  # the device that stands for all


def left_to_edit(text: str, unread: Sequence[str], nowhere: Sequence[str]) -> Iterator[str]:
    """What a person has to say, with lines of the file.

    Args:
        text: The file.
        unread: Programs whose numbers are not traced, for they were not read or in part.
        nowhere: Entries that no hook was found for.
    """
    document = parse(text, FILE)
    data: dict[str, Any] = document.data
    assumed = [one for one in enumerate(data.get("attachments", ())) if one[1].get("assumed")]
    if EXAMPLE in data.get("devices", {}) and assumed:
        line = document.line("devices", EXAMPLE)
        yield f'line {line}: device "{EXAMPLE}" is an example: which are there, in which netns?'
    if assumed:
        at = _lines([document.line("attachments", at, "assumed") for at, _ in assumed])
        yield f"{at}: is that the hook, and which device? Then remove `assumed`"
    guessed = {name: 0 for _, one in assumed if "source" not in one for name in one["entries"]}
    if guessed:
        what = "the hook is taken from names and sections"
        yield f"no line of a loader was found that attaches {_some(list(guessed))}: {what}"
    if nowhere:
        yield f"no hook was found for {_some(nowhere)}"
    numbers = [at for at, line in enumerate(text.splitlines(), 1) if line == UNNAMED]
    if numbers:
        yield f"{_lines(numbers)}: a number without netns: fill it in, and remove the marks (#)"
    if unread:
        yield f"numbers in {_some(unread)} are not traced: `bpf-lint doctor` says what is not read"


def _lines(numbers: Sequence[int]) -> str:
    """`line 3` or `lines 3, 7 and 2 more`."""
    noun = "line" if len(numbers) == 1 else "lines"
    return f"{noun} {_some([str(number) for number in numbers])}"


def _some(names: Sequence[str]) -> str:
    """The first few names, the others counted."""
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more
