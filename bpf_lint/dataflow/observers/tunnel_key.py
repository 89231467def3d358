"""Keys that packets are given for tunnels: which family their address is of."""

from __future__ import annotations

from typing import Any, ClassVar

from bpf_lint.config.effects import PacketEffect
from bpf_lint.dataflow.domain.atoms import ANY, Value
from bpf_lint.dataflow.domain.memory import Slice
from bpf_lint.dataflow.domain.values import exact, pointers
from bpf_lint.dataflow.engine.context import HelperCall
from bpf_lint.dataflow.engine.events import Event, Payload
from bpf_lint.dataflow.engine.helpercall import argument
from bpf_lint.dataflow.observers.kind import EventKind, Facts, Moment

# include/uapi/linux/bpf.h
BPF_F_TUNINFO_IPV6 = 1
# Bits of an IPv4 address, which is the first word of the room for one of IPv6.
_WORD = 32


class TunnelKey(Payload, frozen=True):
    """A packet is given the key of a tunnel.

    Args:
        family: "IPv4" or "IPv6", by what the program has written into it; "" where it is not known.
        used: False where the call's result is dropped.
    """

    kind: ClassVar[str] = "tunnel_key"
    helper: str
    family: str
    flags: Value = ANY
    used: bool = True

    def is_used(self) -> bool:
        """See `Payload`."""
        return self.used


class TunnelKeys(EventKind):
    """Calls that give a packet the key of a tunnel."""

    name = "tunnel_key"
    plural = "keys that packets are given for tunnels"
    described = {
        "helper": "the helper, with bpf_, text",
        "flags": "the flags, a number; 0 where they are not known",
        "flags.known": "the flags are known",
        "key.family": 'the family of the address that the program has written into the key, "IPv4" '
        'or "IPv6"; "" where it is not known',
        "key.read_as": 'the family that the flags say, likewise; "" where they are not known',
    }

    def helper(self, made: HelperCall, effect: Any) -> None:
        """See `Observer`."""
        if isinstance(effect, PacketEffect) and effect.key:
            flags = argument(made.model, effect.flags, made.arguments)
            told = TunnelKey(made.model.name, _family(made, effect), flags, made.call.used)
            made.activation.effects.emit(made.call.place, told)

    def facts(self, moment: Moment) -> Facts:
        """See `EventKind`."""
        payload = moment.event.payload
        assert isinstance(payload, TunnelKey)
        flags = exact(payload.flags)
        said = "" if flags is None else "IPv6" if flags & BPF_F_TUNINFO_IPV6 else "IPv4"
        return {
            "helper": f"bpf_{payload.helper}",
            "flags": flags or 0,
            "flags.known": int(flags is not None),
            "key.family": payload.family,
            "key.read_as": said,
        }

    def words(self, event: Event) -> tuple[str, str]:
        """See `EventKind`."""
        assert isinstance(event.payload, TunnelKey)
        return "helper", f"bpf_{event.payload.helper}() in {event.function}"


def _family(made: HelperCall, effect: PacketEffect) -> str:
    """Whose address a key has: one of IPv4 fills the first word alone."""
    layout = made.activation.environment.unit.layouts.get(effect.address)
    at = pointers(argument(made.model, effect.key, made.arguments))
    if layout is None or len(at) != 1 or at[0].offset is None or at[0].base.bare:
        return ""
    offset, bits = layout
    frame, base = made.activation.frame, at[0].base
    # With what is around it: a key that was filled as a whole says nothing of its address.
    around = frame.take(made.state, base, at[0].offset + offset - _WORD, bits + 2 * _WORD)
    return family([(start - _WORD, width, value) for start, width, value in around], bits)


def family(cells: Slice | list[tuple[int, int, Value]], bits: int) -> str:
    """The family of the address that cells hold, "" where it is not known.

    Args:
        cells: What is known of the room for an address and of what is around it.
        bits: Size of that room.
    """
    rest = [one for one in cells if one[0] + one[1] > _WORD and one[0] < bits]
    if any(_is_part(one, bits) and exact(one[2]) != 0 for one in rest):
        return "IPv6"
    covered = sum(min(at + width, bits) - max(at, _WORD) for at, width, _ in rest)
    first = [one for one in cells if one[0] == 0 and one[1] == _WORD]
    if covered == bits - _WORD and all(exact(value) == 0 for *_, value in rest):
        return "IPv4" if first and exact(first[0][2]) != 0 else ""
    return ""


def _is_part(cell: tuple[int, int, Value], bits: int) -> bool:
    """True for a cell that was written as a part of an IPv6 address."""
    start, width, _ = cell
    end = start + width
    return start >= 0 and end <= bits and (start, end) != (_WORD, bits)
