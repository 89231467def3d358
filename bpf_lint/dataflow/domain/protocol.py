"""The packet's protocol, as `skb->protocol` and its Ethernet header have it.

What a test of it says holds for the path, over tail calls, until the packet is rewritten. Reads of
it give the atom PROTOCOL, which goes where the number goes; a test of a value that is nothing else
says what the packet is, and from then on reads give the number. It is a cell of the packet's
facts, but one that states are joined over.

A packet that has been rewritten is not followed any more: copies of the number that were made
before would be taken for the new one.
"""

from __future__ import annotations

from bpf_lint.dataflow.domain import packet
from bpf_lint.dataflow.domain.atoms import (
    ANY,
    PROTOCOL,
    PROTOCOLS,
    TURNED,
    UNKNOWN,
    WRITTEN,
    Content,
    Value,
    number,
)
from bpf_lint.dataflow.domain.base import PACKET
from bpf_lint.dataflow.domain.memory import Region
from bpf_lint.dataflow.domain.packet import PROTOCOL_AT
from bpf_lint.dataflow.domain.state import Frame, State
from bpf_lint.dataflow.domain.values import exact

# Where an Ethernet header has it, in bits from the packet's start.
IN_HEADER = 96
BITS = 16

READ: Value = frozenset([PROTOCOL])
READ_TURNED: Value = frozenset([TURNED])
_REWRITTEN: Value = frozenset([UNKNOWN, WRITTEN])


def is_read(value: Value) -> bool:
    """True for a value that is the protocol, as some read has given it, and nothing else."""
    return len(value) == 1 and (PROTOCOL in value or TURNED in value)


def known(frame: Frame, state: State, value: Value) -> Value:
    """A value that is the protocol, by what the path has tested of it."""
    cell = frame.load(state, PACKET, PROTOCOL_AT, BITS)
    if WRITTEN in cell:
        return ANY
    only = exact(cell)
    if only is None:
        return value
    return number(turned(only) if TURNED in value else only)


def in_header(frame: Frame, state: State, offset: int, bits: int) -> Value:
    """What a read of the packet's first bytes gives where it is the protocol; else anything."""
    if (offset, bits) != (IN_HEADER, BITS):
        return ANY
    header = frame.load(state, PACKET, packet.FACTS["l2_header"], packet.BITS)
    return known(frame, state, READ) if packet.is_set(header) else ANY


def learn(frame: Frame, state: State, tested: Value, kept: Value) -> None:
    """A test has left `kept` of a value: a number that nothing else in it can be."""
    only = exact(kept)
    if only is None or PROTOCOLS.isdisjoint(tested):
        return
    tested = frozenset(
        a for a in tested if type(a) is not Content and (a == only or type(a) is not int)
    )
    if not is_read(tested) or known(frame, state, tested) == ANY:
        return
    found = turned(only) if TURNED in tested else only & 0xFFFF
    _tell(state, number(found))


def forget(state: State) -> None:
    """The packet is rewritten: what is known of it was of another."""
    _tell(state, _REWRITTEN)


def _tell(state: State, value: Value) -> None:
    region = state.memory.get(PACKET, {})
    state.memory[PACKET] = {**region, PROTOCOL_AT: (BITS, value)}


def touched(offset: int | None, bits: int) -> bool:
    """True where a write to the packet's first bytes can change it.

    An offset that is not known is behind a header of some length.
    """
    return offset is not None and offset < IN_HEADER + BITS and offset + bits > IN_HEADER


def turned(value: int) -> int:
    """The two bytes of a number turned round."""
    return (value & 0xFF) << 8 | (value >> 8 & 0xFF)


def of(region: Region) -> int | None:
    """The protocol that a path has found, by the packet's facts; None where it has found none."""
    cell = region.get(PROTOCOL_AT)
    return None if cell is None else exact(cell[1])


def is_rewritten(region: Region) -> bool:
    """True where a path may have rewritten what the protocol is read from."""
    cell = region.get(PROTOCOL_AT)
    return cell is not None and WRITTEN in cell[1]


def blurred(region: Region) -> Region:
    """The packet's facts without what is known of its protocol."""
    cell = region.get(PROTOCOL_AT)
    if cell is None:
        return region
    value = _REWRITTEN if WRITTEN in cell[1] else ANY
    return {**region, PROTOCOL_AT: (BITS, value)}
