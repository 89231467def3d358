"""Holds each rule's condition against each event of a system."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from bpf_lint.config.cexpr import condition
from bpf_lint.config.schema import Example, KernelModel, Rule
from bpf_lint.dataflow.events import Event, FibLookup, Redirect, TailCall
from bpf_lint.dataflow.instance import Arrival, Instance
from bpf_lint.dataflow.shared import settle
from bpf_lint.dataflow.site import Site, site_of
from bpf_lint.dataflow.system import System
from bpf_lint.dataflow.values import UNKNOWN, Origin, includes, number
from bpf_lint.model.finding import Finding, Occurrence
from bpf_lint.rules.facts import Facts, event_facts, hook_facts, target_facts, targets
from bpf_lint.rules.text import Texts
from bpf_lint.rules.trace import Tracer, calls, happens

_EVENTS: dict[str, type] = {"redirect": Redirect, "fib_lookup": FibLookup}


class Hit(NamedTuple):
    """A rule that holds for an event, and for which of its targets."""

    rule: Rule
    instance: Instance
    arrival: Arrival
    event: Event
    site: Site
    atom: Origin | None
    facts: Facts


class Evaluated(NamedTuple):
    """Findings of one system, and call sites whose ifindex has no known origin."""

    findings: list[Finding]
    unknown: list[Finding]


def evaluate(
    system: System,
    rules: Sequence[Rule],
    kernel: KernelModel,
    statement: Callable[[str, int], str],
) -> Evaluated:
    """Findings of one system, one for each rule and site, contexts beneath.

    Args:
        statement: The text of a source line, by path and 1-based line.
    """
    texts = Texts(statement)
    tracer = Tracer(system)
    netns = {name: device.netns for name, device in system.profile.devices.items()}
    by_site: dict[tuple[str, Site], list[Hit]] = {}
    unknown: dict[Site, list[Hit]] = {}
    for instance in system.instances.values():
        for arrival, event, site in _events(instance):
            for hit in _hits(instance, arrival, event, site, rules, kernel, netns):
                key = (hit.rule.id, Site(site.place, site.function, ()))
                by_site.setdefault(key, []).append(hit)
            payload = event.payload
            assert isinstance(payload, (Redirect, FibLookup))
            if UNKNOWN in payload.target and not targets(payload):
                facts = _facts(instance, event, None, kernel, netns)
                hit = Hit(_UNKNOWN_RULE, instance, arrival, event, site, None, facts)
                unknown.setdefault(Site(site.place, site.function, ()), []).append(hit)
    return Evaluated(
        [_finding(hits, tracer, texts, netns) for hits in by_site.values()],
        [_finding(hits, tracer, texts, netns) for hits in unknown.values()],
    )


# Not a rule file: it reports what the analysis does not know, only on request.
_UNKNOWN_RULE = Rule(
    id="unknown-ifindex",
    title="Ifindex of unknown origin",
    event="redirect",
    when="target.unknown",
    severity="note",
    message="{helper}() is given an ifindex whose origin is not known",
    suggestion="Tell its namespace under `symbols` or `fields` of bpf-lint.toml.",
    description="",
    kernel="",
    bad=Example(code=""),
    good=Example(code=""),
)


def _events(instance: Instance) -> Iterator[tuple[Arrival, Event, Site]]:
    functions = instance.binding.unit.functions
    for arrival in instance.arrivals:
        for event in arrival.outcome.events:
            if isinstance(event.payload, (Redirect, FibLookup)):
                yield arrival, event, site_of(event, instance.key.function, functions)


def outcomes(
    instance: Instance, arrival: Arrival, event: Event, site: Site, kernel: KernelModel
) -> Facts:
    """What becomes of a redirect's verdict: `returned`, `discarded`, or both on different paths.

    A tail call made while the redirect waits counts as returned: the verdict may come from there.
    """
    payload = event.payload
    if (
        not isinstance(payload, Redirect)
        or kernel.helpers[payload.helper].effect.kind != "redirect"
    ):
        return {"returned": 1, "discarded": 0}
    verdict = number(kernel.hooks[instance.key.hook.hook].redirect_verdict)
    available = instance.key.hook.program_type in kernel.helpers[payload.helper].effect.verdict
    waiting = (event.place, site.place)
    carried_out = [
        includes(result.value, verdict)
        for result in arrival.outcome.results
        if result.armed is not None and result.armed.place in waiting
    ]
    passed_on = any(
        isinstance(other.payload, TailCall)
        and other.payload.armed is not None
        and other.payload.armed.place in waiting
        for other in arrival.outcome.events
    )
    return {
        "returned": int(passed_on or any(carried_out)),
        "discarded": int(available and not all(carried_out)),
    }


def _hits(
    instance: Instance,
    arrival: Arrival,
    event: Event,
    site: Site,
    rules: Sequence[Rule],
    kernel: KernelModel,
    netns: dict[str, str],
) -> Iterator[Hit]:
    for rule in rules:
        payload = event.payload
        if not isinstance(payload, _EVENTS[rule.event]):
            continue
        assert isinstance(payload, (Redirect, FibLookup))
        if rule.helpers and payload.helper not in rule.helpers:
            continue
        test = condition(rule.when)
        # A 0, or what is not known, has no origin to show.
        nameless = bool(test.names & {"target.zero", "target.unknown"})
        about_target = any(name.startswith("target.") for name in test.names)
        atoms: list[Origin | None] = [] if nameless else [*targets(payload)]
        verdict = outcomes(instance, arrival, event, site, kernel)
        for atom in atoms if about_target and atoms else atoms[:1] or [None]:
            facts = _facts(instance, event, atom, kernel, netns)
            facts.update(verdict, used=int(site.used))
            if test.holds(facts):
                yield Hit(rule, instance, arrival, event, site, atom, facts)


def _facts(
    instance: Instance,
    event: Event,
    atom: Origin | None,
    kernel: KernelModel,
    netns: dict[str, str],
) -> Facts:
    hook = instance.key.hook
    assert isinstance(event.payload, (Redirect, FibLookup))
    return {
        **hook_facts(hook, kernel),
        **event_facts(event.payload),
        **target_facts(atom, hook, netns.get(hook.device, hook.skb_netns)),
    }


def _finding(hits: list[Hit], tracer: Tracer, texts: Texts, netns: dict[str, str]) -> Finding:
    first = hits[0]
    return texts.finding(first.rule, first.site, first.facts, _occurrences(hits, tracer, netns))


def _occurrences(hits: list[Hit], tracer: Tracer, netns: dict[str, str]) -> tuple[Occurrence, ...]:
    """One occurrence for each hook and target."""
    found: dict[tuple[object, ...], Occurrence] = {}
    for hit in hits:
        hook = hit.instance.key.hook
        atom = hit.atom
        fixed = settle(atom, hook, netns.get(hook.device, hook.skb_netns)) if atom else None
        key = (hook, fixed and (fixed.symbol, fixed.netns, fixed.place))
        if key in found:
            continue
        target = (
            tracer.target(hit.instance, hit.event, atom, fixed.netns) if atom and fixed else None
        )
        found[key] = Occurrence(
            hook=hook,
            target=target,
            defines=dict(hit.instance.binding.job.defines),
            trace=(
                *tracer.to_program(hit.instance, hit.arrival),
                *calls(hit.site.chain),
                happens(hit.event._replace(place=hit.site.place, function=hit.site.function)),
            ),
            assumptions=_assumptions(hit),
        )
    return tuple(found.values())


def _assumptions(hit: Hit) -> tuple[str, ...]:
    """What has to be so for the rule to hold, where the analysis could not decide it."""
    payload = hit.event.payload
    assert isinstance(payload, (Redirect, FibLookup))
    if hit.atom is None or len(payload.target) == 1 or hit.atom.via is not None:
        return ()
    others = sorted({o.symbol for o in targets(payload)} - {hit.atom.symbol})
    if others:
        return (f"the number is {hit.atom.symbol}, not {' or '.join(others)}",)
    return ()
