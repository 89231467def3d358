"""Colours and hyperlinks of terminals, and wrapping to their width."""

from __future__ import annotations

import textwrap
import unicodedata
from pathlib import Path
from urllib.parse import quote

import msgspec

from bpf_lint.reporters.common import flat
from bpf_lint.reporters.options import Options

STYLES = {
    "error": "1;31",
    "warning": "1;33",
    "note": "1;36",
    "bold": "1",
    "dim": "2",
    "label": "1;34",
    "caret": "1;32",
}
WIDEST = 160  # longer lines are hard to read


class Paint(msgspec.Struct, frozen=True):
    """How text is shown: with or without colour and links, and how wide."""

    color: bool
    links: bool
    width: int
    root: str

    def style(self, text: str, name: str) -> str:
        """The text in a style of `STYLES`, or as it is without colour."""
        code = STYLES.get(name, "")
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and code and text else text

    def link(self, text: str, path: str) -> str:
        """The text as a hyperlink (OSC 8) to a file of the report."""
        if not self.links or not self.root or not path:
            return text
        target = "file://" + quote(str(Path(self.root, path)))
        return f"\x1b]8;;{target}\x1b\\{text}\x1b]8;;\x1b\\"

    def cut(self, text: str) -> str:
        """The text in one line of at most `width` columns."""
        return text if len(text) <= self.width else text[: self.width - 1].rstrip() + "…"

    def wrap(self, text: str, first: str, rest: str) -> list[str]:
        """The text in lines of at most `width` columns; long words stay whole."""
        return textwrap.wrap(
            flat(text),
            width=self.width,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )


def paint_for(options: Options) -> Paint:
    """The look that the options ask for."""
    width = max(40, min(options.width, WIDEST))
    return Paint(options.color, options.hyperlinks, width, options.root)


def columns(text: str) -> int:
    """Terminal columns that a text takes: wide characters two, combining ones none."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(1 for character in text if unicodedata.combining(character))
