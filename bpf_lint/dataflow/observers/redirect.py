"""Redirects, with their target."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from bpf_lint.config.effects import CloneRedirectEffect, RedirectEffect, RedirectMapEffect
from bpf_lint.config.memory_effects import MapLookupEffect
from bpf_lint.dataflow.domain import packet
from bpf_lint.dataflow.domain.atoms import NONE, Origin, Value
from bpf_lint.dataflow.domain.base import PACKET, Base
from bpf_lint.dataflow.domain.state import Armed, State, waits
from bpf_lint.dataflow.domain.values import configured, exact, pointers
from bpf_lint.dataflow.engine.context import HelperCall
from bpf_lint.dataflow.engine.helpercall import argument
from bpf_lint.dataflow.engine.helpers import is_refused
from bpf_lint.dataflow.observers.absent_key import AbsentKeys, tell_lookup
from bpf_lint.dataflow.observers.aimed import Aimed, AimedKind
from bpf_lint.dataflow.observers.fates import Fates
from bpf_lint.dataflow.observers.kind import Aside, Facts, Moment, Whole
from bpf_lint.dataflow.observers.narrowing import bits_told


class Redirect(Aimed, frozen=True):
    """A redirect helper was called with this target.

    Args:
        used: False where the call's result is dropped.
        nexthop: Size of its parameters for the next hop, none where it takes none.
        packet: What the path has done to the packet, by the names of `packet.FACTS`.
        armed: A redirect that waited already, and that this one replaces.
        map: The map that holds the target, where a number selects it that can differ.
    """

    kind: ClassVar[str] = "redirect"
    flags: Value
    used: bool
    nexthop: Value = NONE
    packet: tuple[Value, ...] = ()
    armed: Armed | None = None
    map: Base | None = None

    def is_used(self) -> bool:
        """See `Payload`."""
        return self.used

    def passed_on(self, state: State) -> Redirect:
        """See `Payload`: it replaces what the caller had waiting."""
        if waits(state.armed) and not self.armed:
            return msgspec.structs.replace(self, armed=state.armed)
        return self


class Redirects(AimedKind):
    """Calls of redirect helpers."""

    name = "redirect"
    plural = "redirects"
    described = {
        **AimedKind.described,
        "flags": "the flags, a number; 0 where they are not known",
        "flags.known": "the flags are known",
        "nexthop.given": "bpf_redirect_neigh() may be given a next hop",
        "packet.l2_header": "the packet may have an Ethernet header here; 0: it has none",
        "packet.metadata_dst": "a tunnel's metadata is the packet's destination, for certain",
        "packet.no_metadata_dst": "it is not, for certain",
        "packet.reshaped": "the path may have added or removed headers",
        "packet.readdressed": "the path may have written Ethernet addresses",
        "key.unchecked": "no program looks up a key of the map, and where it has none, the "
        "helper's result is a drop that the program ends with",
        "dropped": "whatever the path, the program drops the packet after the redirect",
        "never": "whatever the path, another verdict ends the program: the redirect never happens",
        "never.why": "why it never happens, in words",
        "lost.why": 'how its verdict is lost, in words; "" where it is not',
        "lost.in": 'the function that loses it, text; "" where none does',
        "lost.called": "that is a program which a tail call leads to",
        "peer.skips": "programs that run when the target device sends, which bpf_redirect_peer() "
        'passes by, text; "" for none, or after a tail call',
        "peer.why": "why bpf_redirect_peer() cannot work here, in words",
        "rearmed": "an earlier redirect of the path is replaced, and nothing else tells of it",
    }

    def helper(self, made: HelperCall, effect: Any) -> None:
        """See `Observer`."""
        if isinstance(effect, (RedirectEffect, CloneRedirectEffect, RedirectMapEffect)):
            made.activation.effects.emit(made.call.place, _made(made, effect))
        elif isinstance(effect, MapLookupEffect):
            tell_lookup(made, effect)

    def facts(self, moment: Moment) -> Facts:
        """See `EventKind`: packet facts are what is certain on the path."""
        payload = moment.event.payload
        assert isinstance(payload, Redirect)
        flags = exact(payload.flags)
        told = dict(zip(packet.FACTS, payload.packet, strict=True))
        ends = moment.whole.of(Fates).outcomes(
            moment.instance, moment.arrival, moment.event, moment.site
        )
        kept = moment.site.used and not ends["discarded"] and not ends["dropped"]
        loss = None if kept else moment.whole.of(Fates).loss(moment)
        return {
            **super().facts(moment),
            "flags": flags if flags is not None else 0,
            "flags.known": int(flags is not None),
            "nexthop.given": int(exact(payload.nexthop) != 0),
            "packet.l2_header": int(not packet.is_clear(told["l2_header"])),
            "packet.metadata_dst": int(packet.is_set(told["metadata_dst"])),
            "packet.no_metadata_dst": int(packet.is_clear(told["metadata_dst"])),
            "packet.reshaped": int(not packet.is_clear(told["reshaped"])),
            "packet.readdressed": int(not packet.is_clear(told["readdressed"])),
            "key.unchecked": int(
                moment.whole.of(AbsentKeys).is_unchecked(moment, payload.map, payload.flags)
            ),
            "rearmed": int(_is_rearmed(moment, payload)),
            "lost.why": loss.why if loss else "",
            "lost.in": loss.function if loss else "",
            "lost.called": int(loss is not None and loss.called),
            **ends,
        }

    def afterwards(self, moment: Moment) -> list[Aside]:
        """See `EventKind`: the way to where the verdict is lost."""
        fates = moment.whole.of(Fates)
        _, instance, arrival, event, site = moment
        if never := fates.losses(instance, arrival, event, site):
            return never
        loss = fates.loss(moment)
        return list(loss.steps) if loss else []

    def target_facts(self, moment: Moment, atom: Origin | None, facts: Facts) -> Facts:
        """See `EventKind`."""
        # A program that a tail call leads to is mostly the target's own, and decides in its place.
        called = moment.arrival.before is not None
        senders = {} if called else moment.whole.of(_senders)
        return {
            **bits_told(moment.whole, atom),
            "peer.skips": senders.get(facts["target.device"], ""),
            "peer.why": refusal(facts),
        }


def _made(
    made: HelperCall, effect: RedirectEffect | CloneRedirectEffect | RedirectMapEffect
) -> Redirect:
    activation, call, model, arguments, state = made
    done = tuple(
        activation.frame.load(state, PACKET, at, packet.BITS) for at in packet.FACTS.values()
    )
    if isinstance(effect, RedirectMapEffect):
        # The entry was resolved by whoever wrote it, so there is no number to follow.
        flags = argument(model, effect.flags, arguments)
        maps = pointers(argument(model, effect.map, arguments))
        fixed = exact(argument(model, effect.key, arguments)) is not None
        map_of = maps[0].base if len(maps) == 1 and not fixed else None
        return Redirect(model.name, NONE, flags, call.used, packet=done, map=map_of)
    target = configured(argument(model, effect.ifindex, arguments))
    flags = argument(model, effect.flags, arguments)
    if isinstance(effect, CloneRedirectEffect):
        return Redirect(model.name, target, flags, call.used, NONE, done)
    nexthop = argument(model, effect.nexthop, arguments) if effect.nexthop else NONE
    replaced = None if is_refused(made, effect) or not waits(state.armed) else state.armed
    return Redirect(model.name, target, flags, call.used, nexthop, done, replaced)


def _is_rearmed(moment: Moment, payload: Redirect) -> bool:
    """True where an earlier redirect is replaced that is not told of as discarded."""
    if payload.armed is None:
        return False
    first = payload.armed.place
    # In a loop, it replaces itself: and mostly in its last turn.
    again = first in (moment.event.place, moment.site.place)
    return not again and first not in moment.whole.of(Fates).discarded()


def _senders(whole: Whole) -> dict[str, str]:
    """By device, the entries of the system that run when it sends."""
    found: dict[str, set[str]] = {}
    for hook in whole.system.entries:
        if whole.kernel.hooks[hook.hook].on_transmit:
            found.setdefault(hook.device, set()).add(hook.entry)
    return {device: ", ".join(sorted(entries)) for device, entries in found.items()}


def refusal(facts: Facts) -> str:
    """Why bpf_redirect_peer() cannot work, in words."""
    if not facts["hook.at_ingress"]:
        kind = facts["device.kind"]
        return (
            "works only at tc ingress, but this program runs at "
            f"{facts['hook.name']} of a {kind} device"
        )
    return f"is given {facts['target.device']}, which has no peer"
