"""Holds each rule's condition against each event of a system."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from bpf_lint import ir
from bpf_lint.config.cexpr import condition
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.rule_schema import Example, Rule
from bpf_lint.dataflow.results.result import (
    KINDS,
    NONZERO,
    POSITIVE,
    UNKNOWN,
    Aimed,
    EventKind,
    Facts,
    Instance,
    Moment,
    Origin,
    Payload,
    Redirect,
    Replay,
    Site,
    System,
    Unfollowed,
    Whole,
)
from bpf_lint.model.finding import Finding
from bpf_lint.model.place import Place
from bpf_lint.rules.earlier import Endings, Hit
from bpf_lint.rules.elsewhere import Done, Elsewhere
from bpf_lint.rules.facts import hook_facts, known_devices, target_facts
from bpf_lint.rules.tell import Teller
from bpf_lint.rules.tested import Decisions
from bpf_lint.rules.text import Texts
from bpf_lint.rules.trace import Tracer

_MARKS = frozenset([UNKNOWN, POSITIVE, NONZERO])  # of numbers that can be a device's


class Reached(NamedTuple):
    """A redirect that some path makes; `known`: the origin of its ifindex is."""

    place: Place
    program: str
    entry: str
    known: bool


class Evaluated(NamedTuple):
    """Findings of one system, and call sites whose ifindex has no known origin.

    `redirects` are the calls that some path makes, with the program and entry that it begins in;
    `done` are those that are right.
    """

    findings: list[Finding]
    unknown: list[Finding]
    redirects: list[Reached]
    done: list[Done]


def evaluate(
    system: System,
    rules: Sequence[Rule],
    kernel: KernelModel,
    statement: Callable[[str, int], str],
    *,
    apart: bool = False,
    leading: Sequence[Rule] = (),
) -> Evaluated:
    """Findings of one system, one for each rule and site, contexts beneath.

    Args:
        statement: The text of a source line, by path and 1-based line.
        apart: True for one finding for each hook and target, with the message of that.
        leading: Rules that report nothing, and that the others' findings begin with where what
            these are about never comes to happen (`Rule.ending`).
    """
    judge = Judge(system, [*rules, *leading], kernel)
    elsewhere = Elsewhere(kernel, system.profile)
    hits: list[tuple[Site, Hit]] = []
    unknown: dict[Site, list[Hit]] = {}
    redirects: set[Reached] = set()
    for instance in system.instances.values():
        for moment in judge.moments(instance):
            site = Site(moment.site.place, moment.site.function, ())
            hits += ((site, hit) for hit in judge.hits(moment))
            elsewhere.add(moment)
            known = not is_unknown(moment.event.payload)
            if isinstance(moment.event.payload, Redirect | Unfollowed):
                hook = instance.key.hook
                redirects.add(Reached(site.place, hook.program, hook.entry, known))
            if not known:
                unknown.setdefault(site, []).append(judge.unknown(moment))
    tell = Teller(
        texts=Texts(statement),
        tracer=Tracer(system),
        replay=Replay(system),
        decisions=Decisions(system.profile, statement),
        kernel=kernel,
        statement=statement,
        endings=Endings(hit for _, hit in hits),
        elsewhere=elsewhere,
        whole=judge.whole,
    )
    return Evaluated(
        [tell.finding(group) for group in _by_site(hits, leading, apart=apart)],
        [tell.finding(group) for group in unknown.values()],
        sorted(redirects),
        elsewhere.done(tell.decisions),
    )


def _by_site(
    hits: list[tuple[Site, Hit]], leading: Sequence[Rule], *, apart: bool
) -> list[list[Hit]]:
    """Hits of one rule at one site; see `evaluate`."""
    found: dict[tuple[object, ...], list[Hit]] = {}
    for site, hit in hits:
        if hit.rule in leading:
            continue
        own = (hit.instance.key.hook, hit.atom) if apart else ()
        found.setdefault((hit.rule.id, site, *own), []).append(hit)
    return list(found.values())


# Not a rule file: it reports what the analysis does not know, only on request.
_UNKNOWN_RULE = Rule(
    id="unknown-ifindex",
    title="Ifindex of unknown origin",
    event="redirect",
    when="target.unknown",
    each="call",
    severity="note",
    fact="{helper}(): an ifindex of unknown origin, at {hook.name}",
    argument="ifindex",
    message="{helper}() is given an ifindex whose origin is not known",
    suggestion="Tell its namespace under `symbols` or `fields` of bpf-lint.toml.",
    description="",
    kernel="",
    bad=Example(code=""),
    good=Example(code=""),
)
_UNKNOWN_CALL = msgspec.structs.replace(
    _UNKNOWN_RULE,
    id="unknown-call",
    title="Call of something unknown",
    fact="a call of something that is not known, at {hook.name}",
    argument="",
    when="1",
    message="what is called here is not known; it may redirect the packet",
    suggestion="Call the function or helper by its name.",
)


class Judge:
    """The rules of a run, and what they need to know of one system."""

    def __init__(self, system: System, rules: Sequence[Rule], kernel: KernelModel) -> None:
        self._rules: dict[str, list[Rule]] = {}
        for rule in rules:
            for name in rule.events():
                self._rules.setdefault(name, []).append(rule)
        self._kernel = kernel
        self._devices = known_devices(kernel, system.profile)
        self._own = {
            hook: frozenset(
                f"{one.record}.{one.field}"
                for one in kernel.context
                if one.meaning == "ifindex"
                or (one.meaning == "ingress_ifindex" and data.ingress_ifindex == "device")
            )
            for hook, data in kernel.hooks.items()
        }
        self.whole = Whole(system, kernel, frozenset(self._rules))

    def moments(self, instance: Instance) -> Iterator[Moment]:
        """Everything that happens in a program and that a rule may be about."""
        for arrival in instance.arrivals:
            for event in arrival.outcome.events:
                counted = isinstance(event.payload, Redirect) or is_unknown(event.payload)
                if event.payload.kind in self._rules or counted:
                    site = KINDS[event.payload.kind].site(event, instance)
                    yield Moment(self.whole, instance, arrival, event, site)

    def hits(self, moment: Moment) -> Iterator[Hit]:
        """Rules that hold for an event."""
        _, instance, arrival, event, site = moment
        kind = KINDS[event.payload.kind]
        rules = [
            rule
            for rule in self._rules.get(kind.name, ())
            if not rule.helpers or getattr(event.payload, "helper", "") in rule.helpers
        ]
        if not rules or not kind.matters(moment):
            return
        told = kind.facts(moment)
        for rule in rules:
            test = condition(rule.when)
            for atom in _about(rule, kind, event.payload):
                facts = self.facts(moment, atom, told)
                if test.holds(facts):
                    at = site
                    if rule.at == "origin" and atom is not None:
                        at = _origin_site(instance, site, atom)
                    yield Hit(rule, instance, arrival, event, at, atom, facts)

    def unknown(self, moment: Moment) -> Hit:
        """What is said of an event of which it is not known what it does."""
        call = isinstance(moment.event.payload, Unfollowed)
        _, instance, arrival, event, site = moment
        rule = _UNKNOWN_CALL if call else _UNKNOWN_RULE
        return Hit(rule, instance, arrival, event, site, None, self.facts(moment, None))

    def facts(self, moment: Moment, atom: Origin | None, told: Facts | None = None) -> Facts:
        """Facts of an event, for one of the things that its ifindex can be.

        Args:
            told: Those that its kind tells whatever the target, where they are known.
        """
        hook = moment.instance.key.hook
        kind = KINDS[moment.event.payload.kind]
        facts = {
            **hook_facts(hook, self._kernel),
            "function": moment.site.function,
            "used": int(moment.site.used),
            "returned": 1,
            "discarded": 0,
            **target_facts(atom, hook, self._devices, self._own[hook.hook]),
            **(kind.facts(moment) if told is None else told),
        }
        facts.update(kind.target_facts(moment, atom, facts))
        return facts


def is_unknown(payload: Payload) -> bool:
    """True for a target whose namespace is not known, and for a call that is not followed.

    0 and less are no device's number.
    """
    if isinstance(payload, Unfollowed):
        return payload.may_redirect
    if not isinstance(payload, Aimed):
        return False
    if any(isinstance(atom, int) and atom > 0 for atom in payload.target):
        return True
    return not _MARKS.isdisjoint(payload.target) and not KINDS[payload.kind].targets(payload)


def _about(rule: Rule, kind: EventKind, payload: Payload) -> Sequence[Origin | None]:
    """What a rule's condition is held against, by its `each`; None for the event alone."""
    atoms = [] if rule.each == "call" else kind.targets(payload)
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
