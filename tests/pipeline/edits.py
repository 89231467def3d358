"""Random edits of a tree of C sources, as people make them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

_FUNCTION = re.compile(r"^(?:static|SEC|int|__always_inline)[^;{}#]*\)\n\{\n.*?^\}\n", re.M | re.S)
_STATEMENT = re.compile(r"^\t+[^#\n]*;\n", re.M)
_PAIR = re.compile(r"^(\t+[^#\n]*;\n)(\t+[^#\n]*;\n)", re.M)
_MACRO = re.compile(r"^#define \w", re.M)
_NUMBER = re.compile(r"\b[0-9]+\b")
_INCLUDE = re.compile(r'^#include ["<].*\n', re.M)
_TYPE = re.compile(r"\b__u(?:8|16|32)\b")
_DEFINE = re.compile(r"^#define \w+ .*[0-9]\n", re.M)
_CODE = re.compile(r"^.*[;{}]\n", re.M)


class Edits:
    """Edits of one tree; the same seed makes the same ones.

    Args:
        folder: What is analysed.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._random = random.Random(seed)
        self._count = 0

    def make(self) -> str:
        """Make one edit; what it was."""
        self._count += 1
        while True:
            edit = self._random.choice(list(EDITS))
            file = self._random.choice(self._files())
            before = file.read_text()
            after = EDITS[edit](self, before)
            if after is not None and after != before:
                file.write_text(after)
                return f"{self._count}: {edit} of {file.relative_to(self._folder)}"
            if edit == "header renamed" and file.suffix == ".h":
                return f"{self._count}: {self.renamed(file)}"

    def _files(self) -> list[Path]:
        return sorted(one for one in self._folder.rglob("*") if one.suffix in (".c", ".h", ".toml"))

    def _at(self, pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
        found = list(pattern.finditer(text))
        return self._random.choice(found) if found and not text.startswith("# What") else None

    def renamed(self, file: Path) -> str:
        """Rename a header, and half of the time its name where it is included."""
        new = file.with_name(f"new{self._count}_{file.name}")
        file.rename(new)
        if self._random.random() < 0.5:
            for one in self._files():
                text = one.read_text()
                one.write_text(re.sub(rf'([/"<]){file.name}', rf"\g<1>{new.name}", text))
        return f"{file.name} renamed"

    def comment(self, text: str) -> str | None:
        kind = self._random.choice(["// it's\n", "\n\n", "/* one\n * two */\n"])
        place = self._at(_CODE, text)
        if place is None:
            return None
        if self._random.random() < 0.3:
            return text[: place.end() - 1] + " /* here */" + text[place.end() - 1 :]
        return text[: place.end()] + kind + text[place.end() :]

    def statement(self, text: str) -> str | None:
        new = self._random.choice(["\t(void)0;\n", "\tif (0)\n\t\treturn 0;\n", "\t;\n"])
        place = self._at(_STATEMENT, text)
        return place and text[: place.end()] + new + text[place.end() :]

    def no_statement(self, text: str) -> str | None:
        place = self._at(_STATEMENT, text)
        return place and text[: place.start()] + text[place.end() :]

    def declaration(self, text: str) -> str | None:
        place = self._at(_FUNCTION, text)
        new = f"struct edit_{self._count} {{ int a; }};\n"
        return place and text[: place.start()] + new + text[place.start() :]

    def function(self, text: str) -> str | None:
        place = self._at(_FUNCTION, text)
        new = f"static inline int edit_{self._count}(int a)\n{{\n\treturn a + {self._count};\n}}\n"
        return place and text[: place.start()] + new + text[place.start() :]

    def no_function(self, text: str) -> str | None:
        place = self._at(_FUNCTION, text)
        return place and text[: place.start()] + text[place.end() :]

    def moved_function(self, text: str) -> str | None:
        place = self._at(_FUNCTION, text)
        other = self._at(_FUNCTION, text)
        if place is None or other is None or place.start() >= other.start():
            return None
        between = text[place.end() : other.start()]
        return text[: place.start()] + between + place[0] + text[other.start() :]

    def statements(self, text: str) -> str | None:
        """Some lines at several places, so that what is between them moves by other numbers."""
        for _ in range(3):
            place = self._at(_STATEMENT, text)
            if place is None:
                return None
            new = "\n" * self._random.randrange(3) + "\t;\n"
            text = text[: place.end()] + new + text[place.end() :]
        return text

    def swapped(self, text: str) -> str | None:
        """Two statements in the other order: their lines are there, but not where they were."""
        place = self._at(_PAIR, text)
        return place and text[: place.start()] + place[2] + place[1] + text[place.end() :]

    def defined(self, text: str) -> str | None:
        """A macro before another, which moves by a line and is what it was."""
        place = self._at(_MACRO, text)
        new = f"#define EDIT_{self._count} {self._count}\n"
        return place and text[: place.start()] + new + text[place.start() :]

    def macro(self, text: str) -> str | None:
        place = self._at(_DEFINE, text)
        return place and f"{text[: place.end() - 2]}{self._count % 9}{text[place.end() - 1 :]}"

    def constant(self, text: str) -> str | None:
        place = self._at(_NUMBER, text)
        return place and f"{text[: place.start()]}{self._count % 7}{text[place.end() :]}"

    def type(self, text: str) -> str | None:
        place = self._at(_TYPE, text)
        return place and text[: place.start()] + "__u64" + text[place.end() :]

    def includes(self, text: str) -> str | None:
        found = _INCLUDE.findall(text)
        if len(found) < 2:
            return None
        self._random.shuffle(found)
        return _INCLUDE.sub(lambda _: found.pop(), text)

    def key(self, text: str) -> str | None:
        if not text.startswith("# What"):
            return None
        old, new = self._random.choice(
            [
                ('netns = "host"', 'netns = "pod"'),
                ('hook = "tc-ingress"', 'hook = "tc-egress"'),
                ('kind = "ethernet"', 'kind = "veth"'),
                ('description = "', 'description = "new: '),
                ("\n\n[", "\n\n# a comment\n["),
            ]
        )
        at = [one.start() for one in re.finditer(re.escape(old), text)]
        place = self._random.choice(at) if at else -1
        return text[:place] + new + text[place + len(old) :] if at else None

    def nothing(self, text: str) -> str | None:
        """For edits that are not of a file's text."""


EDITS: dict[str, Callable[[Edits, str], str | None]] = {
    "comment": Edits.comment,
    "statement": Edits.statement,
    "statements": Edits.statements,
    "statements swapped": Edits.swapped,
    "statement deleted": Edits.no_statement,
    "new macro": Edits.defined,
    "declaration": Edits.declaration,
    "function": Edits.function,
    "function deleted": Edits.no_function,
    "function moved": Edits.moved_function,
    "macro": Edits.macro,
    "constant": Edits.constant,
    "type": Edits.type,
    "include order": Edits.includes,
    "profile key": Edits.key,
    "header renamed": Edits.nothing,
}
