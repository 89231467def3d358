"""Drift: what a profile names and the tree does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from bpf_lint.config.probes import content
from bpf_lint.config.schema import Profile
from bpf_lint.contexts.plan import parse_defines
from bpf_lint.ir.nodes import Unit
from bpf_lint.pipeline.analyse import units_of
from bpf_lint.pipeline.parse import Parsed
from bpf_lint.pipeline.planning import Plan

WORD = re.compile(r"[A-Za-z_]\w*")
Programs = list[tuple[str, Unit]]


def drift(plan: Plan, parsed: Parsed) -> list[str]:
    """One line for each thing that the profile names and the tree lacks."""
    profile = plan.workspace.profile
    programs = _programs(plan, parsed)
    words = _words(plan, [unit for _, unit in programs])
    return [
        *_missing_programs(profile, plan.workspace.tree.files),
        *_missing_entries(profile, programs),
        *_missing_arrays(profile, [unit for _, unit in programs]),
        *_missing_words(profile, words),
    ]


def _programs(plan: Plan, parsed: Parsed) -> Programs:
    found = []
    for system in plan.systems:
        units = units_of(system, parsed)
        found += [(u.program, units[u.name]) for u in system.units if u.name in units]
    return found


def _words(plan: Plan, units: Sequence[Unit]) -> set[str]:
    """Every identifier in the tree's files; those of the profile's own headers do not count."""
    tree = plan.workspace.tree
    root, include = Path(tree.root), plan.workspace.profile.front_end.include
    files = {root / file for unit in units for file in unit.files}
    files |= {one for one in Path(tree.folder).rglob("*.[ch]") if tree.reading().in_tree(one)}
    words = {name for unit in units for name in (*unit.variables, *unit.maps, *unit.functions)}
    for file in files:
        if not include or not file.is_relative_to(include):
            words.update(WORD.findall(content(file)))
    return words


def _missing_programs(profile: Profile, files: Sequence[str]) -> Iterator[str]:
    for program in profile.programs:
        if not any(fnmatchcase(file, program.path) for file in files):
            yield f"program {program.path}: not in the tree"


def _missing_entries(profile: Profile, programs: Programs) -> Iterator[str]:
    for attachment in profile.attachments:
        names = {
            name
            for program, unit in programs
            if fnmatchcase(program, attachment.program)
            for entry in unit.entries
            for name in (entry, unit.functions[entry].section)
        }
        # Entries of one attachment may be alternatives: its names in several versions.
        if names and not any(fnmatchcase(n, entry) for n in names for entry in attachment.entries):
            yield f"attachment: {attachment.program} has no entry {', '.join(attachment.entries)}"


def _missing_arrays(profile: Profile, units: Sequence[Unit]) -> Iterator[str]:
    known = {m.name for unit in units for m in unit.maps.values() if m.kind == "prog_array"}
    for array in profile.prog_arrays:
        if not any(fnmatchcase(name, array.map) for name in known):
            yield f"prog array {array.map}: no such map"


def _missing_words(profile: Profile, words: set[str]) -> Iterator[str]:
    for symbol in profile.symbols:
        if not _known(symbol.name, words):
            yield f"symbol {symbol.name}: nowhere in the sources"
    for field in profile.fields:
        if not all(_known(part, words) for part in field.field.split(".")):
            yield f"field {field.field}: nowhere in the sources"
    for name in sorted(_defines(profile) - words):
        yield f"define {name}: nothing in the sources tests it"


def _known(name: str, words: set[str]) -> bool:
    if any(mark in name for mark in "*?["):
        return any(fnmatchcase(word, name) for word in words)
    return name in words


def _defines(profile: Profile) -> set[str]:
    written = [one for program in profile.programs for one in program.defines]
    for mode in profile.modes.values():
        written += [*mode.defines, *(one for own in mode.programs.values() for one in own)]
    for options in profile.configurations.values():
        written += [*options.defines, *(one for own in options.programs.values() for one in own)]
    return set(parse_defines(written))
