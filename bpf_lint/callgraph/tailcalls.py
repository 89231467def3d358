"""Which programs a tail call can reach: prog arrays, by map and index, across objects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

from bpf_lint import ir
from bpf_lint.config.schema import Profile, ProgArray

_ANY_SLOT = -1


class Slot(NamedTuple):
    """A place in a prog array: the map's name in its object, and the index."""

    map: str
    number: int


class Program(NamedTuple):
    """A function of an object, by unit name."""

    unit: str
    function: str


class ProgramArrays:
    """The contents of all prog arrays of a system.

    Args:
        units: Parsed programs by name.
        programs: Unit name -> path that profiles match.
        profile: Says what user space puts into shared arrays.
    """

    def __init__(
        self, units: Mapping[str, ir.Unit], programs: Mapping[str, str], profile: Profile
    ) -> None:
        self._slots: dict[str, dict[Slot, str]] = {}
        self._dynamic: dict[tuple[str, str], dict[int, tuple[Program, ...]]] = {}
        for name, unit in units.items():
            self._slots[name] = slots_of(unit, profile)
        for name, unit in units.items():
            for declared in unit.maps.values():
                if declared.kind == "prog_array":
                    arrays = [
                        one
                        for one in profile.prog_arrays
                        if means(one, programs[name], declared.name)
                    ]
                    self._dynamic[name, declared.name] = _installed(arrays, units, programs)

    def targets(self, unit: str, map_name: str, index: int | None) -> tuple[Program, ...]:
        """Programs that a tail call to `index` (None: any) of a map can reach."""
        own = self._slots[unit]
        if index is not None:
            function = own.get(Slot(map_name, index))
            if function is not None:
                return (Program(unit, function),)
        installed = self._dynamic.get((unit, map_name), {})
        if index is not None:
            return installed.get(index, installed.get(_ANY_SLOT, ()))
        found = {program for slot in installed.values() for program in slot}
        found.update(Program(unit, name) for slot, name in own.items() if slot.map == map_name)
        return tuple(sorted(found))

    def is_shared(self, unit: str, map_name: str) -> bool:
        """True where user space puts programs into a map, as far as the profile tells."""
        return bool(self._dynamic.get((unit, map_name)))

    def slots(self, unit: str) -> dict[Slot, str]:
        """Static slots of one object."""
        return self._slots[unit]


def slots_of(unit: ir.Unit, profile: Profile) -> dict[Slot, str]:
    """The static slots of an object: map initialisers, sections and declaration tags."""
    arrays = [declared for declared in unit.maps.values() if declared.kind == "prog_array"]
    by_id = {str(declared.loader_id): declared.name for declared in arrays}
    by_id.update({declared.name: declared.name for declared in arrays})
    found = {Slot(one.name, index): function for one in arrays for index, function in one.slots}
    sections = [_pattern(text) for text in profile.tail_sections]
    tags = [_pattern(text) for text in profile.tail_tags]
    for function in unit.functions.values():
        named = [(function.section, pattern) for pattern in sections]
        named += [(tag, pattern) for tag in function.tags for pattern in tags]
        for text, pattern in named:
            match = pattern.match(text)
            number = _number(match["index"]) if match else None
            name = by_id.get(_plain(match["map"])) if match else None
            if name is not None and number is not None:
                found.setdefault(Slot(name, number), function.name)
    return found


def _pattern(template: str) -> re.Pattern[str]:
    """A template with "{map}" and "{index}" as a regular expression."""
    text = re.escape(template).replace(r"\{map\}", r"(?P<map>[\w.]+)", 1)
    return re.compile(text.replace(r"\{index\}", r"(?P<index>\w+)", 1) + r"\Z")


def _plain(text: str) -> str:
    """A map's name, or its number as decimals: tc reads "0x2/0xbee", too."""
    number = _number(text)
    return text if number is None else str(number)


def _number(text: str) -> int | None:
    try:
        return int(text, 0)
    except ValueError:
        return None


def means(array: ProgArray, program: str, name: str) -> bool:
    """True where a profile's prog array is the map of a name in a program."""
    path, _, glob = array.map.rpartition(":")
    return fnmatchcase(name, glob) and (not path or fnmatchcase(program, path))


def _installed(
    arrays: Iterable[ProgArray], units: Mapping[str, ir.Unit], programs: Mapping[str, str]
) -> dict[int, tuple[Program, ...]]:
    """What user space puts into a map, by slot, as the profile tells."""
    found: dict[int, set[Program]] = {}
    for array in arrays:
        if array.own:
            continue
        for name, other in units.items():
            for function in other.functions.values():
                if _matches(array, programs[name], function):
                    found.setdefault(array.index, set()).add(Program(name, function.name))
    return {index: tuple(sorted(slot)) for index, slot in sorted(found.items())}


def _matches(array: ProgArray, program: str, function: ir.Function) -> bool:
    for pattern in array.programs:
        path, _, name = pattern.partition(":")
        # A glob is about programs; only a name in full can be that of a function without section.
        if not fnmatchcase(program, path) or not (function.section or function.name == name):
            continue
        if fnmatchcase(function.name, name) or fnmatchcase(function.section, name):
            return True
    return False
