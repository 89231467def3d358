"""Names and texts as nobody writes them by accident, and what may never be seen of them."""

from __future__ import annotations

import re
import unicodedata

KINDS = {
    "stop commands": "\n::stop-commands::x\n",
    "mask": "\n  ::add-mask::a\n",
    "error after a carriage return": "\r::error::pwned",
    "error": "::error::pwned",
    "error after a wide blank": "\u3000::error::pwned",
    "error in pieces": ":\u200b:error\u00ad::pwned",
    "first version of commands": "x ##[add-mask]a",
    "hidden between the signs": "#\u2060#\ufe0f[error]a",
    "Azure": "\n##vso[task.setvariable variable=a]b",
    "TeamCity": "##teamcity[buildStatus text='a']",
    "GitLab": "\nsection_start:1:x[collapsed=true]\r\x1b[0K",
    "Travis": "\ntravis_fold:start:x",
    "clear the screen": "\x1b[2J\x1b[H",
    "title of the window": "\x1b]0;pwned\x07",
    "colour": "\x1b[1;31mred\x1b[0m",
    "link": "\x1b]8;;https://example.org\x1b\\text",
    "C1": "\x9b2J\x9d0;x\x9c",
    "over and out": "bad\x08\x08\x08good\x7f",
    "form feed": "a\x0b::error::x\x0c::error::y",
    "separators": "a\x1c::error::x\x1d\x1e\x1f",
    "line separators": "a\u2028::error::x\u2029::error::y\x85::error::z",
    "direction": "\u202egnp.exe\u2066a\u2069\u061c",
    "no width": "a\u200bb\u200cc\u200d\ufeff\u2060\u180e",
    "tags": "a\U000e0041\U000e0042\U000e007f\U000e0100",
    "fillers": "a\u3164\u115f\uffa0\u034f\ufe0f",
    "no character": "a\ufffe\uffff\U0001ffff\ufdd0",
}
SURROGATE = "a\udcff\udc80"

_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]")
_OURS = re.compile(r"::(error|warning|notice) [a-z]+=[^\n]*::[^\n]*")
_COMMAND = re.compile(r"::|section_(start|end):|travis_\w+:")
_STYLE = re.compile(r"\x1b\[[\d;]*m")


def faults(text: str, *, commands: int = 0, styles: bool = False) -> list[str]:
    """What a terminal or a runner would obey in a text that was printed.

    Args:
        commands: Workflow commands of ours that are to be there.
        styles: True where colours of ours may be there.
    """
    text = _STYLE.sub("", text) if styles else text
    found = [f"U+{ord(c):04X}" for c in text if _hidden(c)]
    lines = re.split("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", text)
    ours = [line for line in lines if commands and _OURS.fullmatch(line)]
    if len(ours) != commands:
        found.append(f"{len(ours)} of {commands} commands")
    for line in lines:
        # The runner compares by the rules of a language: what has no weight there is not seen.
        bare = "".join(c for c in line if c.isascii() or c.isalnum()).strip()
        if (_COMMAND.match(bare) and line not in ours) or re.search(r"##\w*\[", bare):
            found.append(repr(line))
    return found


def _hidden(character: str) -> bool:
    category = unicodedata.category(character)
    return (
        (category in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in "\n\t")
        or (category == "Cn" and (ord(character) & 0xFFFE == 0xFFFE or ord(character) > 0xE0000))
        or 0xFDD0 <= ord(character) <= 0xFDEF
        or bool(_INVISIBLE.match(character))
    )


def as_toml(text: str) -> str:
    """A TOML string."""
    escaped = (f"\\U{ord(c):08x}" if c in '"\\' or not c.isprintable() else c for c in text)
    return f'"{"".join(escaped)}"'


def as_c(text: str) -> str:
    """A C string; an attribute's knows no escapes, so that line ends become blanks."""
    plain = text.replace("\n", " ").replace("\r", " ").replace("\\", "/")
    return f'"{plain}"'
