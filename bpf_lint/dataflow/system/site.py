"""The call site that a finding is about.

A thin wrapper around a helper (see `ir.wrappers`) is not where a mistake is made: the site is
the call of the wrapper.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bpf_lint import ir
from bpf_lint.dataflow.engine.events import Call, Event
from bpf_lint.ir.wrappers import hands_on, is_thin
from bpf_lint.model.place import Place


class Site(NamedTuple):
    """Where it is, in which function, and the calls that lead to that function.

    `used` is False where the helper's result, or that of a wrapper around it, is dropped.
    """

    place: Place
    function: str
    chain: tuple[Call, ...]
    used: bool = True


def owner_site(event: Event, program: str, owner: str) -> Site:
    """The site of an event in the function that owns what it is about, or below it."""
    function = event.chain[-1].callee if event.chain else program
    if owner in ("", function):
        return Site(event.place, function, event.chain)
    for at in range(len(event.chain) - 1, -1, -1):
        caller = event.chain[at - 1].callee if at else program
        if caller == owner:
            return Site(event.chain[at].place, owner, event.chain[:at])
    return Site(event.place, function, event.chain)


def site_of(event: Event, program: str, functions: Mapping[str, ir.Function]) -> Site:
    """The site of an event that happened below `program`."""
    chain = event.chain
    place = event.place
    function = chain[-1].callee if chain else program
    used = event.payload.is_used()
    while chain and is_thin(functions.get(function), event.payload.stores):
        place = chain[-1].place
        used = used and chain[-1].used
        chain = chain[:-1]
        function = chain[-1].callee if chain else program
    return Site(place, function, chain, used and _is_used(chain, place, function, functions))


def _is_used(
    chain: tuple[Call, ...], place: Place, function: str, functions: Mapping[str, ir.Function]
) -> bool:
    """False where functions only hand the result on, to a call that drops it."""
    for call in reversed(chain):
        if not hands_on(functions.get(function), place):
            return True
        if not call.used:
            return False
        place = call.place
        at = chain.index(call)
        function = chain[at - 1].callee if at else ""
    return True
