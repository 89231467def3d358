"""Drift: what a shipped profile names and the tree does not have any more."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase

import msgspec

from bpf_lint.config.schema import (
    Attachment,
    FieldMeaning,
    Profile,
    ProgArray,
    Program,
    SymbolMeaning,
)
from bpf_lint.contexts.plan import parse_defines
from bpf_lint.pipeline.parse import Parsed
from bpf_lint.pipeline.planning import Plan, Setup
from bpf_lint.pipeline.vocabulary import Vocabulary, is_glob, vocabulary


def outdated(setup: Setup, parsed: Parsed) -> tuple[str, ...]:
    """What recognised profiles name without saying that some versions lack it, and trees lack.

    Told only where every program was planned and read: elsewhere a name may be in the rest.
    """
    found: list[str] = []
    for plan in setup.plans:
        if not setup.request.lenient and plan.workspace.choice.recognised:
            read = vocabulary(setup, plan, parsed)
            if read.complete and any(_missing(_shipped(plan), read)):
                found += _missing(_shipped(plan), Vocabulary(plan, parsed, whole=False))
    return tuple(dict.fromkeys(found))


def drift(plan: Plan, parsed: Parsed) -> list[str]:
    """All that is configured for one plan and is not there, and macros that nothing tests."""
    if not plan.workspace.described:
        return []
    profile, known = plan.workspace.profile, Vocabulary(plan, parsed, whole=False)
    if not plan.workspace.choice.recognised:
        # What any tree's profile looks for is nobody's word about this one.
        general = _shipped(plan).programs
        own = [one for one in profile.programs if one not in general]
        profile = msgspec.structs.replace(profile, programs=own)
    unknown = sorted(_defines(profile) - known.words)
    return [*_missing(profile, known, every=True), *(f"macro {name}" for name in unknown)]


def of_other_versions(plan: Plan, parsed: Parsed) -> frozenset[str]:
    """What of the drift is to be expected: what a recognised profile knows some versions lack.

    Macros are among them: one list serves versions that know them and such that do not.
    """
    if not plan.workspace.choice.recognised:
        return frozenset()
    needed = _missing(plan.workspace.profile, Vocabulary(plan, parsed, whole=False))
    return frozenset(drift(plan, parsed)) - frozenset(needed)


def _shipped(plan: Plan) -> Profile:
    return plan.workspace.choice.loaded.profile


def _missing(profile: Profile, known: Vocabulary, *, every: bool = False) -> Iterator[str]:
    """Programs, entries, prog arrays, symbols and members that are nowhere.

    Those that some versions lack are told where `every` one is asked for. Macros are not among
    them: one list serves versions that know them and such that do not.
    """
    files = known.files
    for program in profile.programs:
        if not (_may_lack(program, every) or _any(files, program.path)):
            yield f"program {program.path}"
    yield from _missing_entries(profile, known, every)
    for array in profile.prog_arrays:
        if not (_may_lack(array, every) or known.holds(array)):
            yield f"prog array {array.map}"
    for symbol in profile.symbols:
        if not (_may_lack(symbol, every) or _any(known.words, symbol.name)):
            yield f"symbol {symbol.name}"
    for field in profile.fields:
        if not (_may_lack(field, every) or known.has_field(field.field)):
            yield f"field {field.field}"


def _may_lack(
    one: Program | Attachment | ProgArray | SymbolMeaning | FieldMeaning, every: bool
) -> bool:
    """True for what some versions lack, where that is not asked for."""
    return one.optional and not every


def _missing_entries(profile: Profile, known: Vocabulary, every: bool) -> Iterator[str]:
    """Attachments of programs that are there, to entries that are not."""
    for one in profile.attachments:
        names = {
            name
            for program, _, function in known.entries()
            if fnmatchcase(program, one.program)
            for name in (function.name, function.section)
        }
        # Entries of one attachment may be alternatives: its names in several versions.
        there = any(_any(names, entry) for entry in one.entries)
        if names and not there and not _may_lack(one, every):
            yield f"entry {', '.join(one.entries)} of {one.program}"


def _any(names: Collection[str], glob: str) -> bool:
    """True where a name is one of those that are there, or a glob matches one."""
    return glob in names or (is_glob(glob) and any(fnmatchcase(name, glob) for name in names))


def _defines(profile: Profile) -> set[str]:
    written = [one for program in profile.programs for one in program.defines]
    for mode in profile.modes.values():
        written += [*mode.defines, *(one for own in mode.programs.values() for one in own)]
    for options in profile.configurations.values():
        written += [*options.defines, *(one for own in options.programs.values() for one in own)]
    return set(parse_defines(written))
