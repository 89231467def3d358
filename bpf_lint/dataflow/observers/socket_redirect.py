"""Redirects to sockets, through maps that hold them."""

from __future__ import annotations

from typing import Any, ClassVar

from bpf_lint.config.effects import SocketRedirectEffect
from bpf_lint.config.memory_effects import MapLookupEffect
from bpf_lint.dataflow.domain.atoms import ANY, Value
from bpf_lint.dataflow.domain.base import Base
from bpf_lint.dataflow.domain.state import waits
from bpf_lint.dataflow.domain.values import exact, pointers
from bpf_lint.dataflow.engine.context import HelperCall
from bpf_lint.dataflow.engine.events import Event, Payload, TailCall
from bpf_lint.dataflow.engine.helpercall import argument
from bpf_lint.dataflow.engine.maphelpers import constant_bytes
from bpf_lint.dataflow.engine.memo import Result
from bpf_lint.dataflow.observers.absent_key import AbsentKeys, tell_lookup
from bpf_lint.dataflow.observers.kind import EventKind, Facts, Moment, Whole

# The hook of programs whose result is a length.
_PARSER = "sk-skb-parser"
# include/uapi/linux/bpf.h
BPF_F_INGRESS = 1


class SocketRedirect(Payload, frozen=True):
    """A helper was asked to send data to a socket of a map.

    Args:
        map: The map, None where it is not known.
        key: The key where it is constant, in words; "" else.
        used: False where the call's result is dropped.
        address: The helper takes a number for a key, and is given an address.
    """

    kind: ClassVar[str] = "socket_redirect"
    helper: str
    map: Base | None
    key: str
    flags: Value = ANY
    used: bool = True
    address: bool = False

    def is_used(self) -> bool:
        """See `Payload`."""
        return self.used


class SocketRedirects(EventKind):
    """Calls of helpers that redirect to sockets."""

    name = "socket_redirect"
    plural = "redirects to sockets"
    described = {
        "helper": "the helper, with bpf_, text",
        "map": "name of the map, text",
        "flags": "the flags, a number; 0 where they are not known",
        "flags.known": "the flags are known",
        "key.constant": 'the key, where it is a constant, in words; "" else',
        "key.only": "it is the constant key of every redirect through a map that has room for "
        "more sockets than one",
        "key.unchecked": "the key is no constant, no program looks up one of the map, and where it "
        "has none, the program ends with a drop on every path",
        "dropped": "whatever the path, the program drops the data after it",
        "socket.why": 'why the data does not go there, in words; "" where it does',
    }

    def helper(self, made: HelperCall, effect: Any) -> None:
        """See `Observer`."""
        if isinstance(effect, SocketRedirectEffect):
            made.activation.effects.emit(made.call.place, _made(made, effect))
        elif isinstance(effect, MapLookupEffect):
            tell_lookup(made, effect)

    def facts(self, moment: Moment) -> Facts:
        """See `EventKind`."""
        payload = moment.event.payload
        assert isinstance(payload, SocketRedirect)
        flags = exact(payload.flags)
        known = moment.whole.of(AbsentKeys).is_looked_up(payload.map)
        lost = _is_lost(moment)
        return {
            "helper": f"bpf_{payload.helper}",
            "map": payload.map.name if payload.map else "",
            "flags": flags or 0,
            "flags.known": int(flags is not None),
            "key.constant": payload.key,
            "key.only": int(moment.whole.of(Keys).is_only(moment, payload)),
            "key.unchecked": int(not known and not payload.key and _drops_absent(moment)),
            "dropped": int(lost),
            "socket.why": _why(moment, payload, lost),
        }

    def words(self, event: Event) -> tuple[str, str]:
        """See `EventKind`."""
        assert isinstance(event.payload, SocketRedirect)
        return "helper", f"bpf_{event.payload.helper}() in {event.function}"


def _made(made: HelperCall, effect: SocketRedirectEffect) -> SocketRedirect:
    model, arguments = made.model, made.arguments
    maps = pointers(argument(model, effect.map, arguments))
    only = maps[0].base if len(maps) == 1 else None
    flags = argument(model, effect.flags, arguments)
    key = _key(made, effect, only)
    address = not effect.hashed and bool(pointers(argument(model, effect.key, arguments)))
    return SocketRedirect(model.name, only, key, flags, made.call.used, address)


def _key(made: HelperCall, effect: SocketRedirectEffect, of: Base | None) -> str:
    """A constant key in words."""
    if not effect.hashed:
        number = exact(argument(made.model, effect.key, made.arguments))
        return "" if number is None else str(number)
    if of is None:
        return ""
    known = constant_bytes(made, of, effect.key)
    bits = made.activation.environment.key_bits_of(of)
    if not known or 8 * len(known) != bits:
        return ""
    found = [value for _, value in known]
    return str(int.from_bytes(bytes(found), "little")) if bits <= 64 else bytes(found).hex(" ")


def _ends(moment: Moment, absent: bool) -> list[Result]:
    """How the program ends after the redirect, where the map has the key or where it has none."""
    places = (moment.event.place, moment.site.place)
    return [
        end
        for end in moment.arrival.outcome.results
        if end.armed is not None and end.armed.place in places and end.armed.absent == absent
    ]


def _drops(moment: Moment, end: Result) -> bool:
    return end.value <= frozenset(
        moment.whole.kernel.hooks[moment.instance.key.hook.hook].drop_verdicts
    )


def _drops_absent(moment: Moment) -> bool:
    ends = _ends(moment, absent=True)
    return bool(ends) and all(_drops(moment, end) for end in ends)


def _is_lost(moment: Moment) -> bool:
    """True where the program has ended with drops alone, and no tail call took it over."""
    taken = any(
        isinstance(one.payload, TailCall) and waits(one.payload.armed)
        for one in moment.arrival.outcome.events
    )
    ends = _ends(moment, absent=False)
    return bool(ends) and not taken and all(_drops(moment, end) for end in ends)


def _why(moment: Moment, payload: SocketRedirect, lost: bool) -> str:
    """Why the data does not go to the socket."""
    flags = exact(payload.flags)
    if moment.instance.key.hook.hook == _PARSER:
        return "has no effect in a parser program: the kernel forgets it before the verdict program"
    if payload.address:
        return "is given the address of a key where it takes the key, and finds no socket"
    if flags is not None and flags & ~BPF_F_INGRESS:
        return f"refuses the flags {flags}, and returns SK_DROP"
    if lost:
        return "has no effect, as the program ends with SK_DROP after it on every path"
    return ""


class Keys:
    """The constant keys that the programs of one system redirect to sockets by."""

    def __init__(self, whole: Whole) -> None:
        self._used: dict[Base | None, set[str]] = {}
        for payload in whole.payloads():
            if isinstance(payload, SocketRedirect):
                self._used.setdefault(payload.map, set()).add(payload.key)

    def is_only(self, moment: Moment, payload: SocketRedirect) -> bool:
        """True where all go to one socket of a map that is made for several."""
        if not payload.map or not payload.key:
            return False
        declared = moment.instance.binding.unit.maps.get(payload.map.name)
        several = declared is not None and declared.max_entries > 1
        return several and self._used[payload.map] == {payload.key}
