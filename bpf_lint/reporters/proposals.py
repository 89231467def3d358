"""Proposals as they can be pasted into `bpf-lint.toml`, namespaces left to fill in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from glob import escape

from bpf_lint.model.printable import safe
from bpf_lint.model.proposal import Proposal
from bpf_lint.model.toml import quoted_list
from bpf_lint.reporters.common import flat

HEAD = "# Numbers of unknown origin: paste this into bpf-lint.toml, and fill in each netns."
TABLES = {"symbol": ("symbols", "name"), "member": ("fields", "field"), "map": ("fields", "field")}
MOST = 3


def block(proposals: Sequence[Proposal]) -> list[str]:
    """Lines of TOML under a head line; nothing for no proposals."""
    if not proposals:
        return []
    return [HEAD, *(line for one in proposals for line in table(one))]


def table(one: Proposal) -> Iterator[str]:
    """One table, after the places that it is about."""
    yield ""
    yield f"# used by {_some(one.places)}"
    yield from (f"# written by {flat(line)}" for line in one.written[:MOST])
    if one.kind not in TABLES:
        yield f"# {one.name} has no name: give it one (macro, enumerator), for [[symbols]]"
        return
    name, key = TABLES[one.kind]
    yield f"[[{name}]]"
    yield f'{key} = "{one.name}"'
    yield 'netns = ""'
    if one.programs:
        yield f"programs = {quoted_list(map(escape, one.programs))}"


def _some(places: Iterable[str]) -> str:
    """The first places, the rest counted."""
    names = [safe(one) for one in places]
    return ", ".join(names[:MOST]) + (f" and {len(names) - MOST} more" * (len(names) > MOST))
