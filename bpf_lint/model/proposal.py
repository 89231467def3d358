"""Proposals: tables of a configuration that would tell what is not known."""

from __future__ import annotations

from typing import Literal

import msgspec


class Proposal(msgspec.Struct, frozen=True, order=True):
    """What the unknown ifindex of a redirect comes from.

    Args:
        kind: "symbol" (macro, enumerator, variable), "member" (of a record) and "map" (whose value
            is the number) can be given a namespace; a bare "number" first needs a name.
        name: "record.member" for a member.
        places: Calls that are given it, "path:line".
        written: Lines of user space that write it, "path:line: text".
        programs: Those that nothing tells it for, where it is told for others; relative to the
            analysed folder.
    """

    kind: Literal["symbol", "member", "map", "number"]
    name: str
    places: tuple[str, ...]
    written: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
