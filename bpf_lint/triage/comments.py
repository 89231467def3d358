"""Suppressions in C source: `/* bpf-lint: ignore[rule] -- reason */`."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

MARK = "bpf-lint:"

_TOKEN = re.compile(
    r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|(?P<block>/\*.*?(?:\*/|\Z))|(?P<line>//[^\n]*)',
    re.DOTALL,
)
_DIRECTIVE = re.compile(
    r"bpf-lint:\s*(?P<verb>[\w-]*)\s*(?P<rules>\[[^\]]*\])?(?P<rest>.*)", re.DOTALL
)
_RULE = re.compile(r"[a-z0-9*?-]+")
_FORM = "expected `bpf-lint: ignore[rule] -- reason`"


class Suppression(msgspec.Struct, frozen=True):
    """One suppression.

    Args:
        line: Line of the comment, 1-based.
        target: First line of code that it covers.
        last: Last line that it covers.
        rules: Ids of the rules; empty where `error` says what is wrong.
        reason: Why, in the author's words.
        error: What is wrong with the comment, "" for nothing.
    """

    line: int
    target: int
    last: int
    rules: tuple[str, ...]
    reason: str
    error: str = ""

    def covers(self, rule: str, line: int) -> bool:
        """True where it silences the rule on that line."""
        return rule in self.rules and self.target <= line <= self.last


class _Comment(msgspec.Struct, frozen=True):
    """A comment's text, its lines, and whether code stands before or after it on them."""

    text: str
    first: int
    last: int
    before: bool
    after: bool


def suppressions(text: str) -> list[Suppression]:
    """All suppressions of a file, well formed or not, by line."""
    if MARK not in text:
        return []
    comments = list(_comments(text))
    alone = {c.first: c.last for c in comments if not c.before and not c.after}
    return [_read(comment, alone) for comment in comments if MARK in comment.text]


def _comments(text: str) -> Iterator[_Comment]:
    """Comments of C source; what stands in string literals is none."""
    line, position = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", position, match.start())
        position = match.start()
        if match.lastgroup is None:
            continue
        last = line + match[0].count("\n")
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        end = text.find("\n", match.end())
        after = text[match.end() : end if end >= 0 else len(text)]
        yield _Comment(match[0], line, last, _is_code(before), _is_code(after))


def _is_code(text: str) -> bool:
    """True where a part of a line holds more than white space, comments and a splice."""
    return bool(re.sub(r"/\*.*?\*/|//.*", "", text).strip(" \t\r\\"))


def _read(comment: _Comment, alone: dict[int, int]) -> Suppression:
    """The suppression that a comment holds; it covers its own line or the line of code below."""
    if comment.before:
        target, last = comment.first, comment.first
    elif comment.after:
        target, last = comment.last, comment.last
    else:
        target = comment.last + 1
        while target in alone:
            target = alone[target] + 1
        last = target
    rules, reason, error = _parse(comment.text)
    return Suppression(comment.first, target, last, rules, reason, error)


def _parse(text: str) -> tuple[tuple[str, ...], str, str]:
    """Rules, reason and error of a comment's text."""
    bare = re.sub(r"^/[*/]+|\*+/$", "", text.strip())
    match = _DIRECTIVE.search(re.sub(r"\n\s*\*?", " ", bare))
    if match is None or match["verb"] != "ignore":
        return (), "", f"unknown suppression; {_FORM}"
    names = tuple(name.strip() for name in (match["rules"] or "")[1:-1].split(",") if name.strip())
    if not names:
        return (), "", f"suppression without a rule; {_FORM}"
    if wrong := [name for name in names if not _RULE.fullmatch(name) or set(name) & set("*?")]:
        return (), "", f"suppression of {wrong[0]!r}, which is no rule id; {_FORM}"
    separator, reason = re.fullmatch(r"\s*(--)?\s*(.*?)\s*", match["rest"], re.DOTALL).groups()  # type: ignore[union-attr]
    if not separator or not re.search(r"\w", reason):
        return (), "", f"suppression without a reason; {_FORM}"
    return names, " ".join(reason.split()), ""
