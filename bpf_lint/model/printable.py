"""Text as a terminal, a log and a CI runner may see it: what they would obey is shown as an escape.

Names, texts and lines of the analysed tree are chosen by whoever wrote it. A terminal obeys control
characters; some characters hide text or turn its direction; a runner obeys lines that begin with a
command (`::error::` of GitHub, `##vso[` of Azure, `section_start:` of GitLab).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

# Unicode's controls, surrogates, noncharacters, line separators and everything that it lets a
# program ignore (Default_Ignorable_Code_Point): bidi controls, joiners, tags, variation selectors.
_HIDDEN = (
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
) + "".join(rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(1, 17))
_CONTROL = r"\x00-\x08\x0b-\x1f\x7f-\x9f"  # line feeds and tabs are looked at by themselves


@cache
def _unsafe() -> re.Pattern[str]:
    """Made when it is needed: that takes longer than most reports do to be looked at."""
    return re.compile(f"[{_CONTROL}{_HIDDEN}]")


_ODD = re.compile(r"[^\t\n -~]+")  # quick to look for: most text has nothing of it

# What we write ourselves: colours, hyperlinks, the line of progress that is written over.
_STYLE = r"\x1b\[[\d;]*m|\x1b\]8;;(?:file://[!-~]*)?\x1b\\|\r\x1b\[K"
_STYLED = re.compile(f"({_STYLE})")

# Runners trim blanks, and compare as their language does: what is no visible ASCII may count for
# nothing. The last group of each is the character that completes the command.
_AT_START = re.compile(
    rf"^((?:{_STYLE}|[^!-~\n])*(?::[^ -~\n]*|section_(?:start|end)|travis_\w{{1,20}}))(:)",
    re.MULTILINE,
)
_SIGNS = ("::", "section_", "travis_")
_ANYWHERE = re.compile(r"(#[^ -~\n]*#[^\x00-/:-@\[-^`{-~]*)(\[)")
_OWN_COMMAND = re.compile(r"::(?:error|warning|notice) ")

Escape = Callable[[str], str]


def braced(character: str) -> str:
    r"""The escape that people see: `\u{202e}`."""
    return f"\\u{{{ord(character):x}}}"


def safe(text: str) -> str:
    """The text on one line: nothing in it that a terminal obeys or that cannot be seen."""
    return show_hidden(text).replace("\n", braced("\n"))


def show_hidden(text: str, escape: Escape = braced) -> str:
    """The text with escapes for all that is no visible character; tabs and line ends stay."""

    def shown(run: re.Match[str]) -> str:
        return _unsafe().sub(lambda found: escape(found[0]), run[0])

    return _ODD.sub(shown, text)


def break_commands(text: str, escape: Escape = braced, *, own: bool = False) -> str:
    """The text without lines that a CI runner obeys.

    Args:
        own: True where the text holds workflow commands of ours, which stay.
    """

    def broken(found: re.Match[str]) -> str:
        if own and _OWN_COMMAND.match(text, found.start()):
            return found[0]
        return found[1] + escape(found[2])

    if not text.isascii() or any(sign in text for sign in _SIGNS):
        text = _AT_START.sub(broken, text)
    return _ANYWHERE.sub(lambda found: found[1] + escape(found[2]), text) if "#" in text else text


def guarded(text: str, *, styles: bool = False, commands: bool = False) -> str:
    """Text of several lines as it may be written to a terminal or a log.

    What is guarded of the beginning of a text is the beginning of what is guarded of it all, so
    that text can be written in parts.

    Args:
        styles: True where the text has colours of ours.
        commands: True where it has workflow commands of ours.
    """
    if styles:
        parts = _STYLED.split(text)
        parts[::2] = map(show_hidden, parts[::2])
        text = "".join(parts)
    else:
        text = show_hidden(text)
    return break_commands(text, own=commands)
