"""Where everything that bpf-lint prints goes through: standard output and standard error.

Each write is guarded (`bpf_lint.model.printable`), whoever makes it: commands, click's help and
errors, Python's warnings and tracebacks. What writes to the descriptors behind Python's back (the
compiler library dumps its state there when it crashes, or where a pragma asks for it) goes nowhere.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import BinaryIO, TextIO

from bpf_lint.model.printable import guarded, safe


class Guard(io.TextIOBase):
    """A text stream on which nothing passes that a terminal or a CI runner would obey."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._begun = ""  # the line that is not finished yet, as it was given
        self._shown = 0  # characters of it that are written
        _set_errors(stream)

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """What click looks at: with "ascii" it would write past this stream, as bytes."""
        return "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]
        """Nothing fails for its encoding."""
        return "backslashreplace"

    @property
    def closed(self) -> bool:
        """True where nothing can be written any more."""
        return self._stream.closed

    def write(self, text: str) -> int:
        """Write text of which nothing is known."""
        return self.write_own(text)

    def write_own(self, text: str, *, styles: bool = False, commands: bool = False) -> int:
        """Write text with colours or workflow commands of ours in it."""
        whole = self._begun + text
        shown = guarded(whole, styles=styles, commands=commands)
        self._stream.write(shown[self._shown :])
        self._begun = whole.rpartition("\n")[2]
        self._shown = len(shown) - (shown.rfind("\n") + 1)
        return len(text)

    def flush(self) -> None:
        """Pass on what is buffered."""
        self._stream.flush()

    def fileno(self) -> int:
        """The descriptor below."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """True where a person watches."""
        return self._stream.isatty()

    def writable(self) -> bool:
        """A stream to write to."""
        return True

    def below(self) -> BinaryIO:
        """A stream of its own to where this one leads, for a protocol that no person looks at."""
        return os.fdopen(os.dup(self.fileno()), "wb")

    def clear(self) -> None:
        """Clear a terminal's screen."""
        self._stream.write("\x1b[H\x1b[2J")
        self._begun, self._shown = "", 0

    def use_utf8(self) -> None:
        """Write UTF-8 whatever the locale says: reports are files in the making."""
        if isinstance(self._stream, io.TextIOWrapper):
            self._stream.reconfigure(encoding="utf-8")


def _set_errors(stream: TextIO) -> None:
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


@contextlib.contextmanager
def guarded_streams() -> Iterator[None]:
    """Standard output and standard error behind guards."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = output(), output(err=True)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def output(*, err: bool = False) -> Guard:
    """Standard output, or standard error, behind its guard."""
    stream = sys.stderr if err else sys.stdout
    return stream if isinstance(stream, Guard) else Guard(stream)


def say(line: str, *, err: bool = False) -> None:
    """Print one line: a line end in it is shown, not obeyed."""
    tell(f"{safe(line)}\n", err=err)


def tell(text: str, *, err: bool = False) -> None:
    """Print text that has its own line ends."""
    stream = output(err=err)
    stream.write(text)
    stream.flush()


def take_descriptors() -> None:
    """Leave descriptors 1 and 2 to nobody, and guard the streams, until the process ends."""
    for name, number in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper) and stream.fileno() == number:
            stream.flush()
            setattr(sys, name, _moved(stream, number))
    sys.stdout, sys.stderr = output(), output(err=True)


def _moved(stream: io.TextIOWrapper, number: int) -> TextIO:
    """The stream on a new descriptor, which programs that are started do not get."""
    copy = os.dup(number)
    discard(number)
    buffering = 1 if stream.line_buffering else -1
    return open(copy, "w", buffering, encoding=stream.encoding)


def discard(descriptor: int) -> None:
    """Let what is written to a descriptor go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor, inheritable=descriptor <= 2)
    os.close(nowhere)
