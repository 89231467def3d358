"""The Ethernet addresses of a packet that is sent, and where they are from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bpf_lint.dataflow.domain import header
from bpf_lint.dataflow.domain.atoms import CLOBBERED, FRESH, UNKNOWN, Content, Value
from bpf_lint.dataflow.domain.state import Frame, State
from bpf_lint.dataflow.domain.values import exact


class Addresses(NamedTuple):
    """What is known of the two addresses; each is about some path, but `same`.

    Attributes:
        received: The destination is the one that the packet came with.
        written: The program has written a byte of the destination.
        group: The destination is that of a group, or broadcast.
        unset: A byte of the destination is one that nothing has set.
        clobbered: A byte of either is what a copy within the packet has overwritten.
        same: Both are the same, for certain.
        changed: Something in the packet's first bytes may be another than it came with.
    """

    received: bool = False
    written: bool = False
    group: bool = False
    unset: bool = False
    clobbered: bool = False
    same: bool = False
    changed: bool = False


def addresses(frame: Frame, state: State) -> Addresses:
    """The addresses of the packet as it is in a state."""
    destination, source = header.addresses(frame, state)
    came = [header.as_received(8 * at) for at in range(12)]
    changed = [*destination, *source] != came or header.is_written(frame, state)
    return told(destination, source)._replace(changed=changed)


def told(destination: Sequence[Value], source: Sequence[Value]) -> Addresses:
    """What the bytes of the two addresses say."""
    untouched = [header.as_received(8 * at) for at in range(6)]
    pairs = list(zip(destination, untouched, strict=True))
    return Addresses(
        received=all(came <= byte for byte, came in pairs),
        written=any(byte - came for byte, came in pairs),
        group=any(type(atom) is int and atom & 1 for atom in destination[0]),
        unset=any(FRESH in byte for byte in destination),
        clobbered=any(CLOBBERED in byte for byte in (*destination, *source)),
        same=all(_is_same(a, b) for a, b in zip(destination, source, strict=True)),
    )


def _is_same(one: Value, other: Value) -> bool:
    if exact(one) is not None:
        return one == other
    known: Value = one - {UNKNOWN}
    return one == other and len(known) == 1 and all(type(atom) is Content for atom in known)


NOTHING = Addresses()
