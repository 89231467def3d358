"""Which IP version a place of a function is for, as the tests of the protocol say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bpf_lint import ir
from bpf_lint.ir.shapes import successors, uncast
from bpf_lint.model.place import Place

# include/uapi/linux/if_ether.h: ETH_P_IP and ETH_P_IPV6, as the packet has them and turned round.
_NUMBERS = {0x0800: "IPv4", 0x0008: "IPv4", 0x86DD: "IPv6", 0xDD86: "IPv6"}


class _Edge(NamedTuple):
    """From a block to one that can follow, and the version that a packet has there."""

    source: int
    target: int
    family: str = ""


def family_at(function: ir.Function, place: Place) -> str:
    """The IP version that a test has found on every way to a place, "" for none or several."""
    edges = [edge for at, block in enumerate(function.blocks) for edge in _edges(at, block.end)]
    told = sorted({edge.family for edge in edges} - {""})
    blocks = {
        at
        for at, block in enumerate(function.blocks)
        if any(instruction.place == place for instruction in block.instructions)
    }
    found = [
        family
        for family in told
        if blocks.isdisjoint(_reached([edge for edge in edges if edge.family != family]))
    ]
    return found[0] if len(found) == 1 and blocks else ""


def _reached(edges: list[_Edge]) -> set[int]:
    found, waiting = {0}, [0]
    while waiting:
        at = waiting.pop()
        new = {edge.target for edge in edges if edge.source == at} - found
        found |= new
        waiting += new
    return found


def _edges(at: int, end: ir.Terminator) -> Iterator[_Edge]:
    if isinstance(end, ir.Switch):
        for low, high, target in end.cases:
            yield _Edge(at, target, _NUMBERS.get(low & 0xFFFF, "") if low == high else "")
        yield _Edge(at, end.default)
    elif isinstance(end, ir.Branch):
        family, holds = _tested(end.condition)
        yield _Edge(at, end.then, family if holds else "")
        yield _Edge(at, end.otherwise, "" if holds else family)
    else:
        for target in successors(end):
            yield _Edge(at, target)


def _tested(condition: ir.Expr) -> tuple[str, bool]:
    """The version that a condition asks for, and whether a packet has it where it holds."""
    holds = True
    condition = uncast(condition)
    while isinstance(condition, ir.Unary) and condition.op == "!":
        condition, holds = uncast(condition.operand), not holds
    if isinstance(condition, ir.Binary) and condition.op in ("==", "!="):
        for side in (uncast(condition.left), uncast(condition.right)):
            if isinstance(side, (ir.Const, ir.Symbol)):
                family = _NUMBERS.get(side.value & 0xFFFF, "")
                return family, holds == (condition.op == "==")
    return "", True
