"""Lines of loaders that write what a redirect is given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import msgspec

from bpf_lint.model.proposal import Proposal
from bpf_lint.pipeline.planning import Setup
from bpf_lint.sources.loaders import Line, Loaders

MOST_LINES = 2


def with_writers(found: Iterable[Proposal], loaders: Iterable[Loaders]) -> tuple[Proposal, ...]:
    """Proposals, each with the first lines that write what it is about."""
    known = list(loaders)
    return tuple(
        msgspec.structs.replace(
            one, written=tuple(map(str, islice(_lines(one, known), MOST_LINES)))
        )
        for one in found
    )


def loaders_of(setup: Setup) -> list[Loaders]:
    """What loads the programs of a run: once for each repository."""
    trees = {plan.workspace.tree.root: plan.workspace.tree for plan in setup.plans}
    kernel = setup.catalogue.kernel
    return [Loaders(Path(root), tree.around(), kernel) for root, tree in trees.items()]


def _lines(one: Proposal, loaders: Iterable[Loaders]) -> Iterator[Line]:
    for own in loaders:
        yield from own.filled(one.name) if one.kind == "map" else own.written(one.name)
