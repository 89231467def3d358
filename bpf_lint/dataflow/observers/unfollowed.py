"""Calls that the analysis could not follow: they may redirect."""

from __future__ import annotations

from typing import ClassVar

from bpf_lint import ir
from bpf_lint.dataflow.engine.context import Context
from bpf_lint.dataflow.engine.events import Event, Payload
from bpf_lint.dataflow.observers.kind import EventKind


class Unfollowed(Payload, frozen=True):
    """Something was called that is not followed.

    Args:
        what, text: See `Observer.unfollowed`.
        may_redirect: False where that is known not to redirect: a kfunc, say.
    """

    kind: ClassVar[str] = "unfollowed"
    what: str
    text: str
    may_redirect: bool = False


class UnfollowedCalls(EventKind):
    """Calls that the analysis could not follow."""

    name = "unfollowed"

    def unfollowed(self, activation: Context, call: ir.Call, kind: str, text: str) -> None:
        """See `Observer`."""
        unknown = kind in ("pointer", "external")
        may_redirect = unknown or activation.environment.can_redirect(text)
        activation.effects.emit(call.place, Unfollowed(kind, text, may_redirect))

    def words(self, event: Event) -> tuple[str, str]:
        """See `EventKind`."""
        assert isinstance(event.payload, Unfollowed)
        return "call", f"calls {event.payload.text}, in {event.function}"
