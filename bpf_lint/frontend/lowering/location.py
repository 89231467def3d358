"""Where an assignable expression lies."""

from __future__ import annotations

from typing import NamedTuple

from bpf_lint.ir import nodes as ir


class Location(NamedTuple):
    """A register (`reg` >= 0), or `bits` of memory at `address`."""

    address: ir.Expr
    reg: int
    bits: int
    signed: bool
