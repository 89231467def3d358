"""Runs a datapath on numbers: packet by packet, with maps, tail calls, callbacks and redirects.

A number that has an origin keeps it for as long as it is only moved: that is what the analysis has
to know of it. What is computed from it is a number like any other.
"""

from __future__ import annotations

import random
from typing import NamedTuple

from bpf_lint import ir
from bpf_lint.model.place import Place
from tests.frontend.evaluate import Machine, Pointer, Value

CONTEXT = "ctx"
TC_ACT_REDIRECT = 7
TAIL_CALLS = 5  # the kernel allows 33
TURNS = 4  # of a loop, at most
FAILED = -1
_WORD = range(0, 64, 32)  # of a map's value, which is two numbers


class Origin(NamedTuple):
    """The name of a number, and the device whose own it is."""

    symbol: str
    device: str = ""


class Tagged(int):
    """A number with an origin."""

    origin: Origin


def tagged(number: int, origin: Origin) -> Tagged:
    made = Tagged(number)
    made.origin = origin
    return made


class Redirected(NamedTuple):
    """What a helper was told, where, in which program of the chain."""

    place: Place
    program: str
    target: int


class Run(NamedTuple):
    """What became of one packet."""

    programs: list[str]
    redirects: list[Redirected]
    verdict: int


class Gone(Exception):  # noqa: N818
    """A tail call has left the program."""


class World(Machine):
    """One object with its maps, which packets find as the ones before left them."""

    def __init__(self, unit: ir.Unit, constants: dict[str, Tagged], draw: random.Random) -> None:
        self.tags: dict[Pointer, Tagged] = {}
        super().__init__(unit)
        self.constants = constants
        self.draw = draw
        self.entries: dict[str, dict[int, str]] = {name: {} for name in unit.maps}
        self.ran = Run([], [], 0)
        for name in unit.variables:
            if name in constants:
                self.write((name, 0), 32, constants[name])

    def packet(self, program: str, ifindex: Tagged, programs: dict[int, str]) -> Run:
        """Run what is attached at a device.

        Args:
            programs: What the slots of the program array hold.
        """
        self.bits[CONTEXT] = dict.fromkeys(range(9 * 32), 0)
        for offset in range(0, 7 * 32, 32):
            self.write((CONTEXT, offset), 32, self.draw.choice((0, 1, 2, 5, 255)))
        self.write((CONTEXT, self.unit.layouts["__sk_buff.ifindex"][0]), 32, ifindex)
        self.slots = programs
        self.fill("scratch", 0)  # as another packet has left it
        chain, redirects = [program], list[Redirected]()
        self.ran = Run(chain, redirects, 0)
        while True:
            try:
                verdict = self.call(chain[-1], [(CONTEXT, 0)])
                break
            except Gone:
                continue
        assert isinstance(verdict, int)
        return self.ran._replace(verdict=verdict)

    def fill(self, name: str, key: int) -> str:
        """An entry of a map, with numbers of user space; the name of its memory."""
        entry = self.entries[name][key] = f"{name}#{key}"
        self.bits[entry] = {}
        for offset in _WORD:
            self.write((entry, offset), 32, self.draw.choice((0, 1, 3, 7)))
        return entry

    # --- numbers keep their origins where they are moved ---------------------------------------

    def symbol(self, node: ir.Symbol) -> int:
        return self.constants.get(node.name, node.value)

    def read(self, place: Pointer, bits: int, signed: bool) -> Value:
        found = super().read(place, bits, signed)
        tag = self.tags.get(place)
        return found if tag is None or tag != found else tag

    def write(self, place: Pointer, bits: int, value: Value) -> None:
        super().write(place, bits, value)
        self.tags.pop(place, None)
        if isinstance(value, Tagged):
            self.tags[place] = value

    def copy(self, to: Pointer, source: Pointer, bits: int) -> None:
        tags = {at: self.tags.get((source[0], source[1] + at)) for at in range(0, bits, 8)}
        super().copy(to, source, bits)
        self.tags.update({(to[0], to[1] + at): tag for at, tag in tags.items() if tag is not None})

    # --- helpers ---------------------------------------------------------------------------------

    def helper(self, node: ir.Call, arguments: list[Value]) -> Value:
        match node.helper, arguments:
            case 1, [(str(name), _), key]:
                return self.look_up(name, self.key(key))
            case 2, [(str(name), _), key, (str(), int()) as value, _]:
                self.copy((self.fill(name, self.key(key)), 0), value, 64)
                return 0
            case 12, [_, _, int(slot)]:
                return self.tail_call(slot)
            case 23, [int(target), _]:
                self.ran.redirects.append(Redirected(node.place, self.ran.programs[-1], target))
                return TC_ACT_REDIRECT
            case 164, [(str(name), 0), (str(callback), _), passed, _]:
                return self.for_each(name, callback, passed)
            case 181, [int(turns), (str(callback), _), passed, _]:
                return self.loop(turns, callback, passed)
        raise AssertionError(node)

    def key(self, at: Value) -> int:
        assert isinstance(at, tuple)
        key = self.read(at, 32, False)
        assert isinstance(key, int)
        return key

    def look_up(self, name: str, key: int) -> Value:
        """An entry; user space may have made it by now, except in an array of one entry."""
        entry = self.entries[name].get(key)
        if entry is None and self.draw.random() < 0.3:
            entry = self.fill(name, key)
        return 0 if entry is None else (entry, 0)

    def tail_call(self, slot: int) -> int:
        if slot not in self.slots or len(self.ran.programs) > TAIL_CALLS:
            return FAILED
        self.ran.programs.append(self.slots[slot])
        raise Gone

    def loop(self, turns: int, callback: str, passed: Value) -> int:
        for turn in range(min(turns, TURNS)):
            if self.call(callback, [turn, passed]):
                return turn + 1
        return min(turns, TURNS)

    def for_each(self, name: str, callback: str, passed: Value) -> int:
        count = 0
        for key, entry in list(self.entries[name].items()):
            self.bits["key"] = {}
            self.write(("key", 0), 32, key)
            count += 1
            if self.call(callback, [(name, 0), ("key", 0), (entry, 0), passed]):
                break
        return count
