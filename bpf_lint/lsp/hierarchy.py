"""Tail calls as a call hierarchy: which programs lead to a program, and where it leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lsprotocol import types

from bpf_lint.model.journey import Jump
from bpf_lint.model.place import Place
from bpf_lint.reporters.common import flat

Function = tuple[str, Place]


class Hierarchy:
    """The tail calls of a snapshot.

    Args:
        uri: The address of a file by its path in the snapshot.
        lined: The range of a line, by path and 1-based line.
    """

    def __init__(
        self,
        jumps: Iterable[Jump],
        uri: Callable[[str], str],
        lined: Callable[[str, int], types.Range],
    ) -> None:
        self._jumps = tuple(jumps)
        self._uri = uri
        self._lined = lined

    def at(self, uri: str, line: int) -> list[types.CallHierarchyItem]:
        """The function that begins on a 0-based line, or that makes a tail call there."""
        found: dict[Function, None] = {}
        for jump in self._jumps:
            caller = (jump.caller, jump.caller_place)
            for name, place, function in (
                (jump.caller, jump.caller_place, caller),
                (jump.callee, jump.callee_place, (jump.callee, jump.callee_place)),
                (jump.caller, jump.place, caller),
            ):
                if name and place.line - 1 == line and self._uri(place.path) == uri:
                    found[function] = None
        return [self._item(one) for one in found]

    def incoming(self, item: types.CallHierarchyItem) -> list[types.CallHierarchyIncomingCall]:
        """Functions that tail calls lead from, with the lines of the calls."""
        found: dict[Function, list[types.Range]] = {}
        for jump in self._jumps:
            if self._is(item, jump.callee, jump.callee_place):
                ranges = found.setdefault((jump.caller, jump.caller_place), [])
                ranges.append(self._lined(jump.place.path, jump.place.line))
        return [types.CallHierarchyIncomingCall(self._item(f), r) for f, r in found.items()]

    def outgoing(self, item: types.CallHierarchyItem) -> list[types.CallHierarchyOutgoingCall]:
        """Programs that tail calls lead to, with the lines of the calls."""
        found: dict[Function, list[types.Range]] = {}
        for jump in self._jumps:
            if self._is(item, jump.caller, jump.caller_place):
                ranges = found.setdefault((jump.callee, jump.callee_place), [])
                ranges.append(self._lined(jump.place.path, jump.place.line))
        return [types.CallHierarchyOutgoingCall(self._item(f), r) for f, r in found.items()]

    def _item(self, one: Function) -> types.CallHierarchyItem:
        name, place = one
        lined = self._lined(place.path, place.line)
        return types.CallHierarchyItem(
            name=flat(name),
            kind=types.SymbolKind.Function,
            uri=self._uri(place.path),
            range=lined,
            selection_range=lined,
        )

    def _is(self, item: types.CallHierarchyItem, name: str, place: Place) -> bool:
        at = (flat(name), self._uri(place.path), place.line - 1)
        return at == (item.name, item.uri, item.range.start.line)
