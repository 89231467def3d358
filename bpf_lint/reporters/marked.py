"""Text in Markdown: what is no markup must not become any."""

from __future__ import annotations

import re
from html import escape

from bpf_lint.reporters.common import flat

_SPECIAL = "\\`*_[]#|~"
# What Markdown and GitHub read as markup inside of HTML elements too, once `escape` is done.
_MARKUP = re.compile(
    r"[\\`*\[\]|~@]|(?<![a-zA-Z0-9])_+|_+(?![a-zA-Z0-9])|(?<=:)/(?=/)|#|(?<=\bwww)\."
)


def code(plain: str) -> str:
    """Code in a line or a table's cell; nothing in it is markup."""
    shown = verbatim(plain)
    return f"<code>{shown}</code>" if shown else "—"


def verbatim(plain: str) -> str:
    """Text inside of an HTML element; nothing in it is markup."""
    return _MARKUP.sub(lambda found: "".join(f"&#{ord(c)};" for c in found[0]), escape(flat(plain)))


def prose(plain: str) -> str:
    """Text in which nothing is markup, a mention or a reference."""
    shown = "".join(f"\\{c}" if c in _SPECIAL else c for c in flat(plain))
    shown = shown.replace("&", "&amp;").replace("<", "&lt;").replace("://", ":<!-- -->//")
    shown = shown.replace("www.", "www<!-- -->.")
    return shown.replace("@", "@<!-- -->").replace("\\#", "#<!-- -->")
