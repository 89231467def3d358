"""Which IP version a place is for, by the tests on every way to it."""

from __future__ import annotations

import pytest

from bpf_lint import ir
from bpf_lint.callgraph.ethertype import family_at
from tests.dataflow.compiling import compile_c


def family(body: str) -> str:
    """The version at the call of `unknown()` in a function that is given the protocol."""
    unit = compile_c(f"int f(struct __sk_buff *c, u16 proto) {{ {body} return 0; }}")
    function = unit.functions["f"]
    (place,) = {
        one.place
        for block in function.blocks
        for one in block.instructions
        if isinstance(one, ir.Call)
    }
    return family_at(function, place)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("if (proto == 0x0008) unknown();", "IPv4"),
        ("if (proto == 0x86dd) unknown();", "IPv6"),
        ("if (0xdd86 == proto) unknown();", "IPv6"),
        ("if (proto != 0xdd86) return 1; unknown();", "IPv6"),
        ("if (!(proto == 0xdd86)) return 1; unknown();", "IPv6"),
        ("if (proto != 0xdd86) unknown();", ""),
        ("if (proto == 0x0806) unknown();", ""),
        ("if (proto == 0x0008 || proto == 0xdd86) unknown();", ""),
        ("if (proto == 0x0008 && c->mark) unknown();", "IPv4"),
        ("if (proto == 0x0008 || c->mark) unknown();", ""),
        ("if (proto == 0x0008) { while (c->len--) unknown(); }", "IPv4"),
        ("switch (proto) { case 0x0008: unknown(); break; case 0xdd86: return 1; }", "IPv4"),
        ("switch (proto) { case 0x0008: case 0xdd86: unknown(); }", ""),
        ("switch (proto) { case 0x0008: c->mark = 1; case 0x0806: unknown(); }", ""),
        ("switch (proto) { case 0xdd86: return 1; default: unknown(); }", ""),
        ("unknown();", ""),
    ],
)
def test_a_place_has_the_version_that_every_way_to_it_tests(body: str, found: str) -> None:
    assert family(body) == found
