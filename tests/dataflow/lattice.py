"""Hypothesis strategies for the domain: atoms, values, regions, states, entry states."""

from __future__ import annotations

from hypothesis import strategies as st

from bpf_lint.dataflow.domain.atoms import (
    ANY,
    CLOBBERED,
    FRESH,
    LAID,
    MACHINE,
    NEGATIVE,
    NETWORK,
    NONZERO,
    POSITIVE,
    PROTOCOL,
    TURNED,
    UNKNOWN,
    UNSET,
    WRITTEN,
    Atom,
    Origin,
    Pointer,
    Value,
    Via,
    absent,
    content,
    origin,
    pointer,
)
from bpf_lint.dataflow.domain.base import FRAME
from bpf_lint.dataflow.domain.memory import EMPTY, Region, Slice
from bpf_lint.dataflow.domain.state import Frame, Read, State
from bpf_lint.dataflow.domain.values import capped
from bpf_lint.model.place import NOWHERE, Place
from tests.dataflow.bases import at

PLACES = [NOWHERE, *(Place("a.c", line, 1) for line in range(1, 16))]

integers = st.one_of(
    st.integers(-3, 20),
    st.sampled_from([255, 256, -129, 2**31 - 1, 2**31, 2**32 - 1, -(2**31), 2**40]),
)
marks = st.sampled_from([UNKNOWN, NEGATIVE, POSITIVE, NONZERO])
numbers: st.SearchStrategy[Value] = st.frozensets(st.one_of(integers, marks), min_size=1).map(
    capped
)  # what the domain holds: a larger set is none of its values


@st.composite
def origins(draw: st.DrawFn) -> Origin:
    """An origin, of few symbols and many places."""
    via = st.builds(Via, st.just(at("M:m")), st.sampled_from([0, 32]), st.sampled_from(PLACES[:3]))
    return origin(
        draw(st.sampled_from("AB")),
        draw(st.sampled_from(["host", "pod"])),
        draw(st.sampled_from(PLACES)),
        draw(st.one_of(st.none(), via)),
        draw(st.sampled_from([16, 32])),
        zero=draw(st.booleans()),
    )


addresses: st.SearchStrategy[Pointer] = st.builds(
    pointer,
    st.sampled_from([at("ctx"), at("L:f:x"), at("M:m")]),
    st.one_of(st.none(), st.integers(0, 60)),
)
atoms: st.SearchStrategy[Atom] = st.one_of(
    integers,
    marks,
    st.sampled_from([UNSET, FRESH, CLOBBERED, WRITTEN, *LAID]),
    st.sampled_from([NETWORK, MACHINE, PROTOCOL, TURNED]),
    st.builds(content, st.just(FRAME), st.sampled_from([0, 48])),
    st.just(absent("A")),
    origins(),
    addresses,
)
values: st.SearchStrategy[Value] = st.one_of(
    st.frozensets(atoms, max_size=8),
    st.frozensets(atoms, min_size=8, max_size=40),
    st.frozensets(st.one_of(origins(), integers), min_size=10, max_size=20),
)

cells = st.sampled_from([8, 16, 32])


@st.composite
def regions(draw: st.DrawFn) -> Region:
    """A region of cells that do not overlap, at byte offsets."""
    region: Region = {}
    at = 0
    for width, gap in draw(st.lists(st.tuples(cells, st.sampled_from([0, 0, 8, 16])), max_size=4)):
        region[at + gap] = (width, draw(st.frozensets(atoms, min_size=1, max_size=3)))
        at += gap + width
    return region


@st.composite
def states(draw: st.DrawFn) -> State:
    """A state of a function with the local `x`, whose caller has the memory `ctx`."""
    regs = draw(st.dictionaries(st.integers(0, 2), values, max_size=3))
    memory = draw(st.dictionaries(st.sampled_from([at("L:f:x"), at("ctx")]), regions(), max_size=2))
    return State(regs, memory)


def outer(read: Read) -> Value | Slice:
    """The caller's memory: unknown numbers."""
    return () if read[3] else ANY


def frame() -> Frame:
    """A frame whose function has the local `x`."""
    return Frame(frozenset([at("L:f:x")]), outer, "f")


entries = st.dictionaries(st.sampled_from([at("ctx"), at("R:m")]), regions(), max_size=2)

__all__ = ["EMPTY", "addresses", "entries", "frame", "integers", "numbers", "states", "values"]
