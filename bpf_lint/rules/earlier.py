"""What several rules know about one call, in the order of what happens to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from bpf_lint.config.cexpr import condition
from bpf_lint.config.rule_schema import Rule
from bpf_lint.dataflow.results.result import Arrival, Event, Facts, Instance, Origin, Site
from bpf_lint.model.finding import Earlier, Finding
from bpf_lint.model.place import Place
from bpf_lint.rules.text import fill


class Hit(NamedTuple):
    """A rule that holds for an event, and for which of its targets."""

    rule: Rule
    instance: Instance
    arrival: Arrival
    event: Event
    site: Site
    atom: Origin | None
    facts: Facts


class Endings:
    """Of each call in each state of its program, the rules after which nothing else happens."""

    def __init__(self, hits: Iterable[Hit]) -> None:
        self._ending: dict[tuple[int, Place], list[Hit]] = {}
        for hit in hits:
            ending = hit.rule.ending
            if ending is not None and condition(ending.when).holds(hit.facts):
                self._ending.setdefault((id(hit.arrival), hit.site.place), []).append(hit)

    def before(self, hit: Hit) -> Earlier | None:
        """What ends the call before what a hit is about happens; None for nothing."""
        found = [
            one
            for one in self._ending.get((id(hit.arrival), hit.site.place), ())
            if one.rule.precedes(hit.rule)
        ]
        if not found:
            return None
        first = min(found, key=lambda one: (one.rule.at_stage(), one.rule.id))
        ending = first.rule.ending
        assert ending is not None
        texts = (ending.fact, ending.text, ending.otherwise, ending.advice)
        return Earlier(first.rule.id, *(fill(text, first.facts) for text in texts))

    def last(self, hits: Iterable[Hit]) -> list[Hit]:
        """The hits, those last that something earlier makes void."""
        return sorted(hits, key=lambda hit: self.before(hit) is not None)


def in_order(finding: Finding) -> Finding:
    """A finding whose texts begin with what happens earlier, where that is so in all contexts."""
    before = finding.occurrences[0].earlier if finding.occurrences else None
    if before is None:
        return finding
    return msgspec.structs.replace(
        finding,
        fact=f"{before.fact}; besides, {finding.fact}" if finding.fact else before.fact,
        message=f"{before.text} {before.otherwise}: {finding.message}",
        suggestion=f"{before.advice} {finding.suggestion}".strip(),
    )
