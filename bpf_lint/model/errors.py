"""Errors that a user can cause and mend: shown as one message, never as a traceback."""

from __future__ import annotations


class InputError(Exception):
    """Something that was given cannot be used: a path, an option, a file.

    Args:
        message: What is wrong and, where there is one, a near match.
        path: File it is about, "" without one.
        line: 1-based line in that file, 0 where unknown.
    """

    def __init__(self, message: str, path: str = "", line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message}" if place else self.message


class ConfigError(InputError):
    """A configuration, rule or profile file, or an option, that is not valid."""
