"""The conditions of the `if`s around a place in a function, as the source spells them.

Tests of macros leave nothing in the code that is compiled: `if (is_defined(FEATURE))` is decided
when the program is parsed, so only its source still says on what the line depends.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?(?:\*/|\Z)|//[^\n]*|^[ \t]*\#(?:\\\n|[^\n])*'
    r"|\bif\s*(?=\()|\belse\b|[{}();]",
    re.DOTALL | re.MULTILINE,
)


def enclosing_conditions(text: str) -> list[str]:
    """The conditions of the `if`s that are open at the end of a function's text, outermost first.

    Args:
        text: From the function's name to the place.
    """
    scanner = _Scanner(text)
    scanner.scan()
    return [condition for level in scanner.levels for condition in level]


class _Scanner:
    """Reads statements; `levels` has the open `if`s of each open brace."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.levels: list[list[str]] = [[]]
        self.tokens = [t for t in _TOKEN.finditer(text) if t[0][0] in "ie{}();"]
        self.at = 0
        self.closed: list[list[str]] = [[]]  # the `if`s that the last statement of a level closed

    def scan(self) -> None:
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            word = token[0].strip()
            if word == "if":
                self._if(token)
            elif word == "else":
                self.levels[-1] += self.closed[-1][:1]
                self.closed[-1] = []
            elif word == "(":
                self._skip_parentheses()
            elif word == "{":
                self.levels.append([])
                self.closed.append([])
            elif word == "}" and len(self.levels) > 1:
                self.levels.pop()
                self.closed.pop()
                self._end_statement()
            elif word == ";":
                self._end_statement()

    def _if(self, token: re.Match[str]) -> None:
        start = token.end() + 1
        self.at += 1  # its parenthesis
        end = self._skip_parentheses()
        if end is not None:  # else the place is inside of the condition
            self.levels[-1].append(self.text[start:end])

    def _skip_parentheses(self) -> int | None:
        """Go behind the parenthesis that closes the one before; where that is, None for nowhere."""
        depth = 1
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            depth += (token[0] == "(") - (token[0] == ")")
            if not depth:
                return token.start()
        return None

    def _end_statement(self) -> None:
        """A statement ends, and with it the `if`s that it belongs to."""
        self.closed[-1] = self.levels[-1][-1:]
        self.levels[-1] = []
