"""Packets as redirects send them: what the target finds."""

from __future__ import annotations

from typing import Any, ClassVar

from bpf_lint.config.effects import CloneRedirectEffect, RedirectEffect
from bpf_lint.dataflow.domain.base import CONTEXT
from bpf_lint.dataflow.domain.values import NONE, Value, configured
from bpf_lint.dataflow.engine.context import Followed, HelperCall
from bpf_lint.dataflow.engine.helpercall import argument
from bpf_lint.dataflow.observers.aimed import Aimed, AimedKind
from bpf_lint.dataflow.observers.fates import Fates
from bpf_lint.dataflow.observers.kind import Facts, Moment

# include/uapi/linux/if_packet.h:PACKET_OTHERHOST
OTHERHOST = 3
TYPE = "__sk_buff.pkt_type"


class SentPacket(Aimed, frozen=True):
    """A redirect sends a packet of this type; nothing known of it where it is of no tunnel."""

    kind: ClassVar[str] = "sent_packet"
    type: Value = NONE


class SentPackets(AimedKind):
    """What redirects send."""

    name = "sent_packet"
    plural = "packets that redirects send"
    follows: ClassVar[frozenset[Followed]] = frozenset(["type"])
    described = {
        **AimedKind.described,
        "packet.otherhost": "its type may say that it is for another host (PACKET_OTHERHOST), as "
        "its device has received it so",
    }

    def helper(self, made: HelperCall, effect: Any) -> None:
        """See `Observer`."""
        if isinstance(effect, (RedirectEffect, CloneRedirectEffect)):
            target = configured(argument(made.model, effect.ifindex, made.arguments))
            told = SentPacket(made.model.name, target, _type(made))
            made.activation.effects.emit(made.call.place, told)

    def facts(self, moment: Moment) -> Facts:
        """See `EventKind`."""
        payload = moment.event.payload
        assert isinstance(payload, SentPacket)
        ends = moment.whole.of(Fates).outcomes(
            moment.instance, moment.arrival, moment.event, moment.site
        )
        return {
            **super().facts(moment),
            "returned": ends["returned"],
            "discarded": ends["discarded"],
            "packet.otherhost": int(OTHERHOST in payload.type),
        }


def _type(made: HelperCall) -> Value:
    """What `pkt_type` of the context says."""
    place = made.activation.environment.unit.layouts.get(TYPE)
    if place is None:
        return NONE
    return made.activation.frame.load(made.state, CONTEXT, *place)
