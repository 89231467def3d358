"""Where a program has obtained a number: told when it is read."""

from __future__ import annotations

from bpf_lint.dataflow.domain.atoms import Atom, Origin, Value, Via, origin
from bpf_lint.model.place import NOWHERE, Place


def placed(value: Value, place: Place) -> Value:
    """Origins without a place get the place where the program reads them."""
    for atom in value:
        if type(atom) is Origin and (
            atom.place is NOWHERE or (atom.via is not None and atom.via.place is NOWHERE)
        ):
            return frozenset(with_place(a, place) for a in value)
    return value


def with_place(atom: Atom, place: Place) -> Atom:
    """An origin read at `place`, or read there from its map."""
    if type(atom) is not Origin:
        return atom
    via = atom.via
    if via is not None and via.place is NOWHERE:
        via = Via(via.base, via.offset, place)
    at = place if atom.place is NOWHERE else atom.place
    return origin(atom.symbol, atom.netns, at, via, atom.narrow, atom.device, atom.zero)
