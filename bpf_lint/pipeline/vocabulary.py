"""What the programs of a tree name: entries, maps, records, and every identifier."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from bpf_lint.callgraph.tailcalls import means
from bpf_lint.config.probes import content
from bpf_lint.config.schema import ProgArray
from bpf_lint.ir.nodes import Call, Function, Unit
from bpf_lint.pipeline.parse import Parsed, unit_key
from bpf_lint.pipeline.planning import Plan, Setup

WORD = re.compile(r"[A-Za-z_]\w*")
# A string is kept, for a comment may seem to begin in it.
COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
RECORD = re.compile(r"\b(?:struct|union)\s+(?:__attribute__\s*\(\(.*?\)\)\s*)?(\w+)|\}\s*(\w+)\s*;")
HEADERS = ("*.c", "*.h")


class Vocabulary:
    """The names of one plan's programs.

    Args:
        whole: True where every program was planned: then what was read is all there is. Else
            the files that were not read count, too.
    """

    def __init__(self, plan: Plan, parsed: Parsed, *, whole: bool) -> None:
        self._plan, self._whole = plan, whole
        self.units: dict[str, list[Unit]] = {}
        self.unread = {one.path for one in plan.skipped}
        self.hidden = bool(plan.skipped)  # nobody knows what these say
        for system in plan.systems:
            for job in system.units:
                key = unit_key(job)
                if key in parsed.units:
                    self.units.setdefault(job.program, []).append(parsed.units[key])
                if key in parsed.failed or key in parsed.partial:
                    self.unread.add(job.program)

    @property
    def complete(self) -> bool:
        """True where every program was planned and read."""
        return self._whole and not self.unread and not self._plan.skipped

    def all_units(self) -> Iterator[Unit]:
        """Every program, with each of its sets of flags."""
        for units in self.units.values():
            yield from units

    def entries(self) -> Iterator[tuple[str, Unit, Function]]:
        """(program, unit, entry)."""
        for program, units in self.units.items():
            for unit in units:
                for name in unit.entries:
                    yield program, unit, unit.functions[name]

    def holds(self, array: ProgArray) -> bool:
        """True where a prog array is there, in a program that it is about."""
        return any(
            one.kind == "prog_array" and means(array, program, one.name)
            for program, units in self.units.items()
            for unit in units
            for one in unit.maps.values()
        )

    @property
    def files(self) -> tuple[str, ...]:
        """C sources of the tree."""
        return self._plan.workspace.tree.files

    @cached_property
    def sections(self) -> set[str]:
        """Sections of variables and functions."""
        found = {one.section for unit in self.all_units() for one in unit.variables.values()}
        return found | {f.section for unit in self.all_units() for f in unit.functions.values()}

    @cached_property
    def tags(self) -> set[str]:
        """Tags of functions."""
        functions = (one for unit in self.all_units() for one in unit.functions.values())
        return {tag for function in functions for tag in function.tags}

    @cached_property
    def maps(self) -> set[str]:
        """Names of maps."""
        return {one.name for unit in self.all_units() for one in unit.maps.values()}

    @cached_property
    def prog_arrays(self) -> set[str]:
        """Names of maps that hold programs."""
        maps = (one for unit in self.all_units() for one in unit.maps.values())
        return {one.name for one in maps if one.kind == "prog_array"}

    @cached_property
    def texts(self) -> Mapping[Path, str]:
        """Files without comments; those of the profile's own headers do not count."""
        space = self._plan.workspace
        root, include = Path(space.tree.root), space.profile.front_end.include
        files = {root / file for unit in self.all_units() for file in unit.files}
        if not self.complete:
            folder, reach = Path(space.tree.folder), space.tree.reading()
            found = {one for glob in HEADERS for one in folder.rglob(glob)}
            files |= {one for one in found if reach.in_tree(one)}
        return {
            file: without_comments(content(file))
            for file in sorted(files)
            if not include or not file.is_relative_to(include)
        }

    @cached_property
    def words(self) -> set[str]:
        """Every identifier."""
        found = {name for unit in self.all_units() for name in (*unit.variables, *unit.maps)}
        for text in self.texts.values():
            found.update(WORD.findall(text))
        return found

    @cached_property
    def records(self) -> set[str]:
        """Names of structures, unions and types."""
        return {
            name
            for text in self.texts.values()
            for match in RECORD.finditer(text)
            for name in match.groups()
            if name
        }

    def members(self, record: str) -> set[str]:
        """Identifiers between the braces of a record; all where no braces are found."""
        found: set[str] = set()
        head = re.compile(
            rf"\b(?:struct|union)\s+(?:\w+\s*\([^{{;]*\)\s*)?{re.escape(record)}\s*\{{"
        )
        for text in self.texts.values():
            for match in head.finditer(text):
                found.update(WORD.findall(_braced(text, match.end())))
        return found or self.words

    def has_field(self, field: str) -> bool:
        """True where a record is there, and may have the member; or a map of the name is."""
        record, _, member = field.rpartition(".")
        if not record:
            return field in self.maps
        return record in self.records and member in self.members(record)

    def says(self, text: str) -> bool:
        """True where a file has the text."""
        return any(text in one for one in self.texts.values())

    def calls(self, helper: int) -> bool:
        """True where a program calls a helper."""
        return any(
            isinstance(instruction, Call) and instruction.helper == helper
            for unit in self.all_units()
            for function in unit.functions.values()
            for block in function.blocks
            for instruction in block.instructions
        )

    def record_of(self, function: Function) -> str:
        """The record that the first parameter of a function points to, "" where it is not told."""
        file = Path(self._plan.workspace.tree.root) / function.place.path
        lines = content(file).splitlines()[function.place.line - 1 :]
        head = re.search(r"\(([^()]*)\)[^();]*\{", "\n".join(lines[:8]))
        first = re.search(r"\bstruct\s+(\w+)\s*\*", head[1].split(",")[0]) if head else None
        return first[1] if first else ""


def vocabulary(setup: Setup, plan: Plan, parsed: Parsed) -> Vocabulary:
    """The names of the programs of a plan, where the run is told of no part of them."""
    request = setup.request
    part = request.modes or request.configurations or plan.workspace.user.settings.only_modes
    return Vocabulary(plan, parsed, whole=not (part or plan.workspace.tree.only))


def without_comments(text: str) -> str:
    """C with a blank in place of each comment."""
    return COMMENT.sub(lambda match: match[1] or " ", text)


def is_glob(name: str) -> bool:
    """True for a name that stands for several."""
    return any(mark in name for mark in "*?[")


def _braced(text: str, start: int) -> str:
    """The text up to the brace that closes one before `start`."""
    depth = 1
    for match in re.finditer(r"[{}]", text[start:]):
        depth += 1 if match[0] == "{" else -1
        if not depth:
            return text[start : start + match.start()]
    return text[start:]
