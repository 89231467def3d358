"""Findings of the rules that hold: their texts, their contexts, and the way to each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.schema import Configuration
from bpf_lint.dataflow.results.result import KINDS, Aimed, Moment, Replay, Whole, at_hook
from bpf_lint.model.finding import Finding, Occurrence, Step
from bpf_lint.rules.advice import suggestion_for
from bpf_lint.rules.argument import wrong_argument
from bpf_lint.rules.earlier import Endings, Hit, in_order
from bpf_lint.rules.elsewhere import Elsewhere
from bpf_lint.rules.tested import Decisions
from bpf_lint.rules.text import Texts
from bpf_lint.rules.trace import Tracer, calls, first_way, happens, step

# Said of a path that is shown and was not confirmed.
_JOINED = "what the path shown carries from program to program comes together, as it may not alone"


class Teller(NamedTuple):
    """Makes findings of hits, and what it needs for that."""

    texts: Texts
    tracer: Tracer
    replay: Replay
    decisions: Decisions
    kernel: KernelModel
    statement: Callable[[str, int], str]
    endings: Endings
    elsewhere: Elsewhere
    whole: Whole

    def finding(self, hits: list[Hit]) -> Finding:
        """The finding of one rule at one site."""
        hits = self.endings.last(hits)
        first = hits[0]
        argument = wrong_argument(
            first.rule, first.instance, first.event, first.site, self.kernel, self.statement
        )
        chain = [call.callee for call in first.event.chain]
        names = [first.instance.key.function, *chain, first.site.function]
        advised = suggestion_for(first.rule, self.kernel.purposes, names, first.facts)
        occurrences = tuple(self.occurrences(hits))
        return in_order(
            self.texts.finding(first.rule, first.site, first.facts, occurrences, advised, argument)
        )

    def occurrences(self, hits: list[Hit]) -> Iterator[Occurrence]:
        """One occurrence for each hook and target."""
        seen: set[tuple[object, ...]] = set()
        for hit in hits:
            hook = hit.instance.key.hook
            fixed = at_hook(hit.atom, hook) if hit.atom else None
            key = (hook, fixed and (fixed.symbol, fixed.netns, fixed.place))
            if key not in seen:
                seen.add(key)
                yield self._occurrence(hit, fixed.netns if fixed else "")

    def _occurrence(self, hit: Hit, netns: str) -> Occurrence:
        tracer, instance, hook = self.tracer, hit.instance, hit.instance.key.hook
        configurations = tracer.system.profile.configurations
        way = self.replay.way(instance, hit.arrival, hit.event, hit.atom)
        alone = way is not None
        way = first_way(hit.arrival) if way is None else way
        described = configurations.get(hook.configuration, Configuration()).description
        earlier = self.endings.before(hit)
        return Occurrence(
            hook=hook,
            target=tracer.target(instance, hit.event, hit.atom, netns) if hit.atom else None,
            defines=dict(instance.binding.job.defines),
            trace=(
                *tracer.to_program(instance, way),
                *calls(hit.site.chain),
                happens(hit.event._replace(place=hit.site.place, function=hit.site.function)),
            ),
            assumptions=(*_assumptions(hit), *([] if alone else [_JOINED])),
            tested=self.decisions.tested(tracer.crossed(instance, way, hit.site)),
            described=" ".join(described.split()),
            earlier=earlier,
            elsewhere=self.elsewhere.of(hit),
            after=self._after(hit) if earlier or hit.rule.stage == "verdict" else (),
        )

    def _after(self, hit: Hit) -> tuple[Step, ...]:
        """What comes after a call, where its verdict is what is wrong."""
        moment = Moment(self.whole, hit.instance, hit.arrival, hit.event, hit.site)
        kind = KINDS[hit.event.payload.kind]
        return tuple(step(*one) for one in kind.afterwards(moment))


def _assumptions(hit: Hit) -> tuple[str, ...]:
    """What has to be so for the rule to hold, where the analysis could not decide it."""
    payload = hit.event.payload
    if not isinstance(payload, Aimed):
        return ()
    if hit.atom is None or len(payload.target) == 1 or hit.atom.via is not None:
        return ()
    others = sorted({o.symbol for o in KINDS[payload.kind].targets(payload)} - {hit.atom.symbol})
    if others:
        return (f"the number is {hit.atom.symbol}, not {' or '.join(others)}",)
    return ()
