"""Packets that are given to a socket."""

from __future__ import annotations

from typing import Any, ClassVar

from bpf_lint.config.effects import SocketAssignEffect
from bpf_lint.dataflow.domain.atoms import Value
from bpf_lint.dataflow.domain.base import Kind
from bpf_lint.dataflow.domain.values import pointers
from bpf_lint.dataflow.engine.context import HelperCall
from bpf_lint.dataflow.engine.events import Event, Payload
from bpf_lint.dataflow.engine.helpercall import argument
from bpf_lint.dataflow.observers.kind import EventKind, Facts, Moment


class SocketAssign(Payload, frozen=True):
    """A packet is given to a socket.

    Args:
        socket: Its address.
        used: False where the call's result is dropped.
    """

    kind: ClassVar[str] = "socket_assign"
    helper: str
    socket: Value
    used: bool

    def is_used(self) -> bool:
        """See `Payload`."""
        return self.used


class SocketAssigns(EventKind):
    """Calls that give the packet to a socket."""

    name = "socket_assign"
    plural = "packets that are given to a socket"
    described = {
        "helper": "the helper, with bpf_, text",
        "socket.netns_number": (
            "the number of the namespace that the socket was looked up in, a number; "
            "-1 for that of skb->dev, or where it is not known"
        ),
        "socket.why": "why the kernel refuses it here, in words",
    }

    def helper(self, made: HelperCall, effect: Any) -> None:
        """See `Observer`."""
        if isinstance(effect, SocketAssignEffect):
            socket = argument(made.model, effect.socket, made.arguments)
            told = SocketAssign(made.model.name, socket, made.call.used)
            made.activation.effects.emit(made.call.place, told)

    def facts(self, moment: Moment) -> Facts:
        """See `EventKind`."""
        payload = moment.event.payload
        assert isinstance(payload, SocketAssign)
        asked = _netns_number(payload.socket)
        return {
            "helper": f"bpf_{payload.helper}",
            "socket.netns_number": asked,
            "socket.why": _why(moment, asked),
        }

    def words(self, event: Event) -> tuple[str, str]:
        """See `EventKind`."""
        assert isinstance(event.payload, SocketAssign)
        return "helper", f"bpf_{event.payload.helper}() in {event.function}"


def _netns_number(socket: Value) -> int:
    """Number of the namespace that a socket is certain to have been looked up in, else -1."""
    found = {at.base for at in pointers(socket) if at.base.kind is Kind.SOCKET}
    certain = len(found) == 1 and len(socket - {0}) == 1
    return int(next(iter(found)).name) if certain else -1


def _why(moment: Moment, asked: int) -> str:
    hook = moment.instance.key.hook
    if not hook.at_ingress:
        return (
            f"works only at tc ingress, but this program runs at {hook.hook} of a "
            f"{hook.device_kind} device (-EOPNOTSUPP)"
        )
    return (
        f"is given a socket of the namespace with the number {asked}, but skb->dev is in the "
        f"{hook.skb_netns} namespace (-ENETUNREACH)"
    )
