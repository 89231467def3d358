"""Numbers of devices in maps and load-time constants: values compared with what a node has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeGuard

import msgspec

from bpf_lint.sources.host.node import Node
from bpf_lint.sources.host.shapes import Entry, Map, Type, Types, decoded
from bpf_lint.sources.host.taken import HOST, Taken

NAMED = re.compile(r"if_?(?:index|idx)|iface|(?:^|_)(?:dev|if)(?:_|$|id)", re.IGNORECASE)
ENOUGH = 3  # different values that make a member with another name worth a look
SECTION = "."  # begins the name of a section of variables, such as .rodata
ANONYMOUS = ("", "(anon)")
DEPTH = 8  # of structures inside each other


class Number(msgspec.Struct, frozen=True):
    """A member of a map's value, or a variable, of which every value is a device's number.

    Args:
        name: "record.member", or the variable.
        variable: True for a variable.
        netns: Namespace that has all of the devices; of several one where a program uses the map,
            or the host.
        others: Further namespaces that have them.
        values: The numbers, without 0.
        zero: True where it is 0 somewhere.
        sure: True where the name speaks of a device, too.
    """

    name: str
    variable: bool
    netns: str
    others: tuple[str, ...]
    values: tuple[int, ...]
    zero: bool
    sure: bool


def numbers_of(taken: Taken, node: Node) -> list[Number]:
    """Members and variables that hold numbers of a node's devices, by name.

    Raises:
        InputError: One of the outputs has another shape.
    """
    values: dict[tuple[str, bool], set[int]] = {}
    users: dict[tuple[str, bool], set[str]] = {}
    btf = _Btf(taken)
    for one in decoded("map", taken["map"], list[Map]) if "map" in taken else []:
        name = f"map-{one.id}"
        if name in taken:
            entries = decoded(name, taken[name], list[Entry])
            for key, value in _values(entries, *btf.of(one)):
                values.setdefault(key, set()).add(value)
                users.setdefault(key, set()).update(node.users.get(one.id, ()))
    known: dict[str, set[int]] = {}
    for netns, ifindex in sorted(node.devices, key=lambda key: (key[0] != HOST, key)):
        known.setdefault(netns, set()).add(ifindex)
    found = (_number(key, own, users[key], known) for key, own in values.items())
    return sorted((one for one in found if one), key=lambda one: (one.variable, one.name))


def _number(
    key: tuple[str, bool], values: set[int], users: set[str], known: Mapping[str, set[int]]
) -> Number | None:
    """What a member or variable is, None where it is no device's number.

    Args:
        users: Namespaces of programs that use it.
        known: Numbers of devices by namespace, the host's first.
    """
    name, variable = key
    own = values - {0}
    sure = NAMED.search(name.rpartition(".")[2]) is not None
    places = [netns for netns, numbers in known.items() if own <= numbers]
    if not own or not places or not (sure or len(own) >= ENOUGH):
        return None
    first, *others = sorted(places, key=lambda netns: netns not in users)
    return Number(name, variable, first, tuple(others), tuple(sorted(own)), 0 in values, sure)


class _Btf:
    """Types of maps, each output decoded once."""

    def __init__(self, taken: Taken) -> None:
        self._taken = taken
        self._known: dict[str, dict[int, Type]] = {}

    def of(self, one: Map) -> tuple[Type | None, Mapping[int, Type]]:
        """The type of a map's values, None where it is not known, and all types by number."""
        roots = self._read(f"value-{one.id}")
        return next(iter(roots.values()), None), self._read(f"btf-{one.btf_id}")

    def _read(self, name: str) -> dict[int, Type]:
        if name not in self._known:
            data = self._taken.get(name)
            types = decoded(name, data, Types).types if data is not None else []
            self._known[name] = {each.id: each for each in types}
        return self._known[name]


def _values(
    entries: Iterable[Entry], root: Type | None, types: Mapping[int, Type]
) -> Iterator[tuple[tuple[str, bool], int]]:
    """((name, is it a variable), value) of every whole number in a map."""
    for entry in entries:
        value = entry.formatted.get("value")
        if isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith(SECTION):
            yield from _variables(next(iter(value.values())))
        elif root is not None:
            for name, number in _members(value, root, "", types, DEPTH):
                yield (name, False), number


def _variables(section: Any) -> Iterator[tuple[tuple[str, bool], int]]:
    for one in section if isinstance(section, list) else ():
        for name, value in one.items() if isinstance(one, dict) else ():
            if _is_number(value):
                yield (name, True), value


def _members(
    value: Any, of: Type, path: str, types: Mapping[int, Type], depth: int
) -> Iterator[tuple[str, int]]:
    """("record.member", number) of a structure and of those in it.

    Args:
        path: What the structure is called where it has no name of its own.
    """
    of = _resolved(of, types)
    name = path if of.name in ANONYMOUS else of.name
    if not isinstance(value, dict) or not depth or not name:
        return
    for member in of.members:
        own = name if member.name in ANONYMOUS else f"{name}.{member.name}"
        inner = value.get("" if member.name in ANONYMOUS else member.name)
        if _is_number(inner):
            yield own, inner
        elif member.type_id in types:
            yield from _members(inner, types[member.type_id], own, types, depth - 1)


def _resolved(one: Type, types: Mapping[int, Type]) -> Type:
    """A type without names and qualifiers around it."""
    for _ in range(DEPTH):
        if one.kind not in ("TYPEDEF", "CONST", "VOLATILE") or one.type_id not in types:
            break
        one = types[one.type_id]
    return one


def _is_number(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 31
