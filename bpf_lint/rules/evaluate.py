"""Holds each rule's condition against each event of a system."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from bpf_lint import ir
from bpf_lint.config.cexpr import condition
from bpf_lint.config.schema import Example, KernelModel, Rule
from bpf_lint.dataflow.system.result import (
    NONZERO,
    POSITIVE,
    UNKNOWN,
    Arrival,
    Event,
    FibLookup,
    FibUse,
    Instance,
    Narrow,
    Origin,
    Payload,
    Redirect,
    Site,
    System,
    TailCall,
    Unavailable,
    owner_site,
    settle,
    site_of,
)
from bpf_lint.model.finding import Finding, Occurrence
from bpf_lint.model.place import Place
from bpf_lint.rules.facts import (
    Facts,
    event_facts,
    hook_facts,
    known_devices,
    refusal,
    target_facts,
    targets,
)
from bpf_lint.rules.slots import Slots
from bpf_lint.rules.text import Texts
from bpf_lint.rules.trace import Tracer, calls, happens
from bpf_lint.rules.verdicts import Verdicts

_EVENTS: dict[str, type] = {
    "redirect": Redirect,
    "fib_lookup": FibLookup,
    "fib_use": FibUse,
    "narrowing": Narrow,
    "tail_call": TailCall,
    "unavailable_helper": Unavailable,
}
_MARKS = frozenset([UNKNOWN, POSITIVE, NONZERO])  # of numbers that can be a device's
_REPORTED = tuple(_EVENTS.values())


class Hit(NamedTuple):
    """A rule that holds for an event, and for which of its targets."""

    rule: Rule
    instance: Instance
    arrival: Arrival
    event: Event
    site: Site
    atom: Origin | None
    facts: Facts


class Reached(NamedTuple):
    """A redirect that some path makes; `known`: the origin of its ifindex is."""

    place: Place
    program: str
    entry: str
    known: bool


class Evaluated(NamedTuple):
    """Findings of one system, and call sites whose ifindex has no known origin.

    `redirects` are the calls that some path makes, with the program and entry that it begins in.
    """

    findings: list[Finding]
    unknown: list[Finding]
    redirects: list[Reached]


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
    judge = Judge(system, rules, kernel)
    by_site: dict[tuple[str, Site], list[Hit]] = {}
    unknown: dict[Site, list[Hit]] = {}
    redirects: set[Reached] = set()
    for instance in system.instances.values():
        for arrival, event, site in _events(instance):
            for hit in judge.hits(instance, arrival, event, site):
                key = (hit.rule.id, Site(site.place, site.function, ()))
                by_site.setdefault(key, []).append(hit)
            known = not judge.is_unknown(event)
            if isinstance(event.payload, Redirect):
                hook = instance.key.hook
                redirects.add(Reached(site.place, hook.program, hook.entry, known))
            if not known:
                facts = judge.facts(instance, event, site, None)
                hit = Hit(_UNKNOWN_RULE, instance, arrival, event, site, None, facts)
                unknown.setdefault(Site(site.place, site.function, ()), []).append(hit)
    return Evaluated(
        [_finding(hits, tracer, texts) for hits in by_site.values()],
        [_finding(hits, tracer, texts) for hits in unknown.values()],
        sorted(redirects),
    )


# Not a rule file: it reports what the analysis does not know, only on request.
_UNKNOWN_RULE = Rule(
    id="unknown-ifindex",
    title="Ifindex of unknown origin",
    event="redirect",
    when="target.unknown",
    each="call",
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
            payload = event.payload
            if isinstance(payload, FibUse):
                yield arrival, event, owner_site(event, instance.key.function, payload.owner)
            elif isinstance(payload, _REPORTED):
                yield arrival, event, site_of(event, instance.key.function, functions)


class Judge:
    """The rules of a run, and what they need to know of one system."""

    def __init__(self, system: System, rules: Sequence[Rule], kernel: KernelModel) -> None:
        profile = system.profile
        self._rules: dict[type, list[Rule]] = {}
        for rule in rules:
            for name in rule.events():
                self._rules.setdefault(_EVENTS[name], []).append(rule)
        self._kernel = kernel
        self._devices = known_devices(kernel, profile)
        self._own = {
            hook: frozenset(
                f"{one.record}.{one.field}"
                for one in kernel.context
                if one.meaning == "ifindex"
                or (one.meaning == "ingress_ifindex" and data.ingress_ifindex == "device")
            )
            for hook, data in kernel.hooks.items()
        }
        self._slots = Slots(system)
        narrow = Narrow in self._rules
        self._truncated = frozenset(_truncated(system)) if narrow else frozenset()
        self._cut = frozenset(_cut(system)) if narrow else frozenset()
        self._verdicts = Verdicts(system, kernel)

    def hits(self, instance: Instance, arrival: Arrival, event: Event, site: Site) -> Iterator[Hit]:
        """Rules that hold for an event."""
        payload = event.payload
        rules = self._rules.get(type(payload), ())
        if not rules or (isinstance(payload, Narrow) and not self._reaches(payload)):
            return
        verdict = self._verdicts.outcomes(instance, arrival, event, site)
        verdict["used"] = int(site.used)
        if isinstance(payload, Redirect) and payload.armed is not None:
            first = payload.armed.place
            again = first in (event.place, site.place)  # in a loop, and mostly its last turn
            verdict["rearmed"] = int(not again and first not in self._verdicts.discarded())
        if isinstance(payload, TailCall):
            verdict.update(self._slots.facts(instance, arrival, event, payload))
        for rule in rules:
            if rule.helpers and getattr(payload, "helper", "") not in rule.helpers:
                continue
            test = condition(rule.when)
            for atom in _about(rule, payload):
                facts = self.facts(instance, event, site, atom)
                facts.update(verdict)
                if isinstance(payload, Narrow):
                    facts["target.bits"] = payload.bits
                elif atom is not None and (atom.symbol, atom.place) in self._cut:
                    facts["target.bits"] = 32  # told where it happens
                if test.holds(facts):
                    at = site
                    if rule.at == "origin" and atom is not None:
                        at = _origin_site(instance, site, atom)
                    yield Hit(rule, instance, arrival, event, at, atom, facts)

    def facts(self, instance: Instance, event: Event, site: Site, atom: Origin | None) -> Facts:
        """Facts of an event, for one of the things that its ifindex can be."""
        hook = instance.key.hook
        facts = {
            **hook_facts(hook, self._kernel),
            "function": site.function,
            **event_facts(event.payload),
            **target_facts(atom, hook, self._devices, self._own[hook.hook]),
        }
        if isinstance(event.payload, Redirect):
            facts["peer.why"] = refusal(facts)
        return facts

    def is_unknown(self, event: Event) -> bool:
        """True for a target whose namespace is not known; 0 and less are no device's number."""
        payload = event.payload
        if not isinstance(payload, (Redirect, FibLookup)):
            return False
        if any(isinstance(atom, int) and atom > 0 for atom in payload.target):
            return True
        return not _MARKS.isdisjoint(payload.target) and not targets(payload)

    def _reaches(self, narrowing: Narrow) -> bool:
        """True where the number that loses bits is later a target."""
        return (narrowing.atom.symbol, narrowing.atom.place) in self._truncated


def _about(rule: Rule, payload: Payload) -> Sequence[Origin | None]:
    """What a rule's condition is held against, by its `each`; None for the event alone."""
    atoms = [] if rule.each == "call" else targets(payload)
    return (atoms if rule.each == "target" else atoms[:1]) or [None]


def _origin_site(instance: Instance, site: Site, atom: Origin) -> Site:
    """Where the program reads a number, in the function around that line."""
    functions = instance.binding.unit.functions
    names = [instance.key.function, *(call.callee for call in site.chain)]
    for at, name in enumerate(names):
        place = functions[name].place
        last = max(e.line for e in _places(functions[name]))
        if place.path == atom.place.path and place.line <= atom.place.line <= last:
            return Site(atom.place, name, site.chain[:at])
    return Site(atom.place, site.function, site.chain)


def _places(function: ir.Function) -> Iterator[Place]:
    yield function.place
    for block in function.blocks:
        for instruction in block.instructions:
            yield instruction.place
        if isinstance(block.end, (ir.Branch, ir.Switch)):
            yield block.end.place


def _truncated(system: System) -> Iterator[tuple[str, Place]]:
    """Origins that reach a redirect or a FIB lookup with fewer bits than they had."""
    for payload in _payloads(system):
        if isinstance(payload, (Redirect, FibLookup)):
            for atom in targets(payload):
                if atom.narrow < 32:
                    yield atom.symbol, atom.place


def _cut(system: System) -> Iterator[tuple[str, Place]]:
    """Origins that lose bits where a program stores or converts them."""
    for payload in _payloads(system):
        if isinstance(payload, Narrow):
            yield payload.atom.symbol, payload.atom.place


def _payloads(system: System) -> Iterator[Payload]:
    for instance in system.instances.values():
        for arrival in instance.arrivals:
            for event in arrival.outcome.events:
                yield event.payload


def _finding(hits: list[Hit], tracer: Tracer, texts: Texts) -> Finding:
    first = hits[0]
    return texts.finding(first.rule, first.site, first.facts, _occurrences(hits, tracer))


def _occurrences(hits: list[Hit], tracer: Tracer) -> tuple[Occurrence, ...]:
    """One occurrence for each hook and target."""
    found: dict[tuple[object, ...], Occurrence] = {}
    for hit in hits:
        hook = hit.instance.key.hook
        atom = hit.atom
        fixed = settle(atom, hook) if atom else None
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
    if not isinstance(payload, (Redirect, FibLookup)):
        return ()
    if hit.atom is None or len(payload.target) == 1 or hit.atom.via is not None:
        return ()
    others = sorted({o.symbol for o in targets(payload)} - {hit.atom.symbol})
    if others:
        return (f"the number is {hit.atom.symbol}, not {' or '.join(others)}",)
    return ()
