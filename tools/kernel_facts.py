"""The measured facts about kernels as a page to link to, from the recorded experiments."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # for the tests

from tests.kernel.records import (
    Experiment,
    Observation,
    experiments,
    kernels,
    observations,
)

HEAD = Path(__file__).with_suffix(".md")  # what the page begins with
TITLES = {
    "redirect": "`bpf_redirect()`",
    "redirect_peer": "`bpf_redirect_peer()`",
    "redirect_neigh": "`bpf_redirect_neigh()`",
    "clone_redirect": "`bpf_clone_redirect()`",
    "redirect_map": "`bpf_redirect_map()`",
    "": "No redirect: where programs run, and what they see",
}


def page() -> str:
    """The page."""
    told: dict[str, list[Observation]] = {one: [] for one in experiments()}
    for record in observations():
        if record.id in told:
            told[record.id].append(record)
    seen = [one for one in experiments().values() if told[one.id]]
    parts = [
        HEAD.read_text().format(
            experiments=len(seen),
            records=sum(map(len, told.values())),
            kernels=", ".join(f"**{short}** ({name})" for short, name in sorted(kernels().items())),
        )
    ]
    order = list(TITLES)
    ranked = sorted(seen, key=lambda one: (order.index(one.helper), _family(one)))
    for helper, group in groupby(ranked, key=lambda one: one.helper):
        parts.append(f"## {TITLES[helper]}\n\n")
        for family, rows in groupby(group, key=_family):
            parts.append(f"### {TITLES[helper].split('(')[0].strip('`')}: {family}\n\n")
            parts += _table(rows, told)
    return "\n".join((parts[0], "".join(parts[1:]))).rstrip("\n") + "\n"


def _family(one: Experiment) -> str:
    return one.topology or "any device"


def _table(rows: Iterable[Experiment], told: dict[str, list[Observation]]) -> Iterator[str]:
    yield "| experiment | where | outcome | why |\n|---|---|---|---|\n"
    for one in rows:
        where = " ".join(part for part in (one.hook or one.load, one.at and f"`{one.at}`") if part)
        outcome = "; ".join(_outcomes(told[one.id]))
        why = _cell(told[one.id][-1].explanation)
        about = f'<a id="{one.id}"></a>`{one.id}` {_cell(one.about)}'
        yield f"| {about} | {where} | {outcome} | {why} |\n"
    yield "\n"


def _outcomes(records: list[Observation]) -> Iterator[str]:
    """What the kernels did, those that did the same together."""
    by: dict[str, list[str]] = {}
    for record in records:
        said = record.outcome.lower().replace("-", " ")
        if record.kernel not in by.setdefault(said, []):
            by[said].append(record.kernel)
    for said, names in by.items():
        yield f"{said} ({', '.join(names)})"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
