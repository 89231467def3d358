"""Offsets in the packet that helpers are given, and whether they were made for it as it is."""

from __future__ import annotations

from typing import Any, ClassVar

from bpf_lint.config.effects import StoreEffect
from bpf_lint.dataflow.domain import layout
from bpf_lint.dataflow.domain.atoms import LAID
from bpf_lint.dataflow.domain.state import waits
from bpf_lint.dataflow.engine.context import Followed, HelperCall
from bpf_lint.dataflow.engine.events import Event, Payload
from bpf_lint.dataflow.engine.helpercall import argument
from bpf_lint.dataflow.observers.kind import EventKind, Facts, Moment


class OffsetUse(Payload, frozen=True):
    """A helper is given an offset that was made of what the packet held before its room changed.

    Args:
        moved: Bytes by which what lies there has moved since.
        used: False where the call's result is dropped.
    """

    kind: ClassVar[str] = "offset_use"
    helper: str
    moved: int
    used: bool = True

    def is_used(self) -> bool:
        """See `Payload`."""
        return self.used


class OffsetUses(EventKind):
    """Uses of offsets from before a change of the packet's room."""

    name = "offset_use"
    plural = "uses of offsets from before room was made in the packet or taken from it"
    follows: ClassVar[frozenset[Followed]] = frozenset(["frame", "layout"])
    described = {
        "helper": "the helper, with bpf_, text",
        "moved": "bytes by which what lies there has moved since, a number; below 0 where room was "
        "taken",
        "moved.why": "what has happened to the packet since, in words",
        "redirected": "the program can end with a redirect that waits for its verdict",
    }

    def helper(self, made: HelperCall, effect: Any) -> None:
        """See `Observer`: what is written into new room may be counted from where that begins."""
        parameter = made.model.data.offset
        if not parameter:
            return
        frame, state = made.activation.frame, made.state
        for mark in argument(made.model, parameter, made.arguments).intersection(LAID):
            moved = layout.moved(frame, state, str(mark))
            if moved and not (isinstance(effect, StoreEffect) and moved > 0):
                told = OffsetUse(made.model.name, moved, made.call.used)
                made.activation.effects.emit(made.call.place, told)

    def facts(self, moment: Moment) -> Facts:
        """See `EventKind`."""
        payload = moment.event.payload
        assert isinstance(payload, OffsetUse)
        count = abs(payload.moved)
        done = "were put before it" if payload.moved > 0 else "were taken from before it"
        ends = moment.arrival.outcome.results
        return {
            "helper": f"bpf_{payload.helper}",
            "moved": payload.moved,
            "moved.why": f"{count} bytes {done}",
            "redirected": int(any(waits(end.armed) for end in ends)),
        }

    def words(self, event: Event) -> tuple[str, str]:
        """See `EventKind`."""
        assert isinstance(event.payload, OffsetUse)
        return "helper", f"bpf_{event.payload.helper}() in {event.function}"
