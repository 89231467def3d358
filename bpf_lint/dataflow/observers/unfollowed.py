"""Calls that the analysis could not follow: they may redirect."""

from __future__ import annotations

from typing import ClassVar

from bpf_lint import ir
from bpf_lint.dataflow.engine.context import Context
from bpf_lint.dataflow.engine.events import Event, Payload
from bpf_lint.dataflow.observers.kind import EventKind


class Unfollowed(Payload, frozen=True):
    """Something was called that is not followed; see `Observer.unfollowed`."""

    kind: ClassVar[str] = "unfollowed"
    what: str
    text: str

    @property
    def may_redirect(self) -> bool:
        """False where it is known: a helper that is no redirect, a kfunc, or what runs already."""
        return self.what in ("pointer", "depth", "external")


class UnfollowedCalls(EventKind):
    """Calls that the analysis could not follow."""

    name = "unfollowed"

    def unfollowed(self, activation: Context, call: ir.Call, kind: str, text: str) -> None:
        """See `Observer`."""
        activation.effects.emit(call.place, Unfollowed(kind, text))

    def words(self, event: Event) -> tuple[str, str]:
        """See `EventKind`."""
        assert isinstance(event.payload, Unfollowed)
        return "call", f"calls {event.payload.text}, in {event.function}"
