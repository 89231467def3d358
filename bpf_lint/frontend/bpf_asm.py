"""Assembly of the BPF target, as inline assembly writes it."""

from __future__ import annotations

import re
from typing import NamedTuple

_PLACE = r"(%[wx]?\[\w+\]|%[wx]?\d+|[rw]\d+)"
_VALUE = r"(%[wx]?\[\w+\]|%[wx]?\d+|[rw]\d+|[-+]?\s*(?:0[xX][0-9a-fA-F]+|\d+))"
_OFFSET = r"(?:([-+])\s*" + _VALUE + r")?"
_TARGET = r"(\+?\w+|[-+]\s*\d+|%l\[\w+\]|%l\d+)"
_MEMORY = r"\*\s*\(\s*([us])(8|16|32|64)\s*\*\s*\)\s*\(\s*" + _PLACE + r"\s*" + _OFFSET + r"\s*\)"

_FORMS = {
    "address": re.compile(_PLACE + r"\s*=\s*([A-Za-z_.][\w.]*)\s+ll"),
    "wide": re.compile(_PLACE + r"\s*=\s*" + _VALUE + r"\s+ll"),
    "load": re.compile(_PLACE + r"\s*=\s*" + _MEMORY),
    "store": re.compile(_MEMORY + r"\s*=\s*" + _VALUE),
    "negate": re.compile(_PLACE + r"\s*=\s*-\s*" + _PLACE),
    "move": re.compile(_PLACE + r"\s*=\s*" + _VALUE),
    "change": re.compile(_PLACE + r"\s*(s>>|<<|>>|[-+*/%&|^])=\s*" + _VALUE),
    "if": re.compile(
        r"if\s+"
        + _PLACE
        + r"\s*(s>=|s<=|s>|s<|==|!=|>=|<=|>|<|&)\s*"
        + _VALUE
        + r"\s+goto\s+"
        + _TARGET
    ),
    "may_goto": re.compile(r"may_goto\s+" + _TARGET),
    "goto": re.compile(r"gotol?\s+" + _TARGET),
    "call": re.compile(r"callx?\s+(%[wx]?\[\w+\]|%[wx]?\d+|\w+)"),
    "exit": re.compile(r"exit"),
    "label": re.compile(r"([A-Za-z_.%]\w*=?)\s*:"),
}
_BYTES = re.compile(r"\.(?:byte|\d?byte|short|hword|word|int|long|quad|ascii|macro|rept|inc)")
_WRITES = re.compile(r"\)\s*[-+|&^]?=|\block\b|\batomic|\bxchg")
_MAY_GOTO = re.compile(r"[\s;]*(?:\d+:)?\s*\.byte\s+0xe5\b")
_JUMPS = ("if", "may_goto", "goto")


class Line(NamedTuple):
    """One instruction: its form and the matched parts."""

    form: str
    parts: tuple[str, ...]


def parse(template: str) -> list[Line] | None:
    """Return the instructions of a template, None where one is not understood."""
    lines = []
    for text in re.split(r"[\n;]", template):
        text = re.sub(r"(?://|#).*", "", text).strip()
        if not text:
            continue
        for form, pattern in _FORMS.items():
            match = pattern.fullmatch(text)
            if match is not None:
                lines.append(Line(form, tuple(part or "" for part in match.groups())))
                break
        else:
            return None
    return lines


def can_call(template: str) -> bool:
    """True where a template that is not understood may call something.

    What is written as bytes can be any instruction, but for a `may_goto` of kernels' selftests.
    """
    if re.search(r"\bcallx?\b", template):
        return True
    return _BYTES.search(template) is not None and _MAY_GOTO.match(template) is None


def can_write(template: str) -> bool:
    """True where a template that is not understood may write memory that it is given."""
    return can_call(template) or _WRITES.search(template) is not None


def jumps_out(line: Line) -> bool:
    """True for a jump to a label of C."""
    return line.form in _JUMPS and line.parts[-1].startswith("%l")


def jump_targets(lines: list[Line]) -> dict[int, int] | None:
    """Return jumping line -> line jumped to; None where a target is missing in the template."""
    labels = {line.parts[0]: n for n, line in enumerate(lines) if line.form == "label"}
    targets = {}
    for number, line in enumerate(lines):
        if line.form not in _JUMPS or jumps_out(line):
            continue
        where = line.parts[-1].replace(" ", "")
        if where in labels:
            targets[number] = labels[where]
        elif where.lstrip("+-").isdigit() and where[0] in "+-":
            targets[number] = number + 1 + int(where)
        else:
            return None
        if not 0 <= targets[number] <= len(lines):
            return None
    return targets
