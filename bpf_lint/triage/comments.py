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
    alone: dict[int, int] = {}  # first line of comments without code -> line of code below them
    for comment in reversed(comments):
        if not comment.before and not comment.after:
            below = comment.last + 1
            alone[comment.first] = alone.get(below, below)
    return [_read(comment, alone) for comment in comments if MARK in comment.text]


def _comments(text: str) -> Iterator[_Comment]:
    """Comments of C source; what stands in string literals is none."""
    found = [match for match in _TOKEN.finditer(text) if match.lastgroup]
    before, after = _code_before(text, found), _code_after(text, found)
    line, position = 1, 0
    for at, match in enumerate(found):
        line += text.count("\n", position, match.start())
        position = match.start()
        last = line + match[0].count("\n")
        yield _Comment(match[0], line, last, before[at], after[at])


def _code_before(text: str, comments: list[re.Match[str]]) -> list[bool]:
    """For each comment, whether code stands before it on its first line."""
    found: list[bool] = []
    end = 0  # of the comment before
    for at, match in enumerate(comments):
        between = text[end : match.start()]
        newline = between.rfind("\n")
        if newline >= 0 or at == 0:
            found.append(_is_code(between[newline + 1 :]))
        else:
            one_line = "\n" not in comments[at - 1][0]
            found.append(_is_code(between) or (one_line and found[-1]))
        end = match.end()
    return found


def _code_after(text: str, comments: list[re.Match[str]]) -> list[bool]:
    """For each comment, whether code stands behind it on its last line."""
    found: list[bool] = []
    start, behind = len(text), ""  # of the comment behind
    for match in reversed(comments):
        between = text[match.end() : start]
        newline = between.find("\n")
        if newline >= 0 or not found:
            found.append(_is_code(between[:newline] if newline >= 0 else between))
        else:
            one_line = "\n" not in behind
            found.append(_is_code(between) or (one_line and found[-1]))
        start, behind = match.start(), match[0]
    return found[::-1]


def _is_code(text: str) -> bool:
    """True where a part of a line without comments holds more than white space and a splice."""
    return bool(text.strip(" \t\r\\"))


def _read(comment: _Comment, alone: dict[int, int]) -> Suppression:
    """The suppression that a comment holds; it covers its own line or the line of code below."""
    if comment.before:
        target, last = comment.first, comment.first
    elif comment.after:
        target, last = comment.last, comment.last
    else:
        below = comment.last + 1
        target = last = alone.get(below, below)
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
