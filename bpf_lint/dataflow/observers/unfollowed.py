"""Calls that the analysis could not follow, for the audit."""

from __future__ import annotations

from typing import ClassVar

from bpf_lint import ir
from bpf_lint.dataflow.engine.context import Context
from bpf_lint.dataflow.engine.events import Payload
from bpf_lint.dataflow.observers.kind import EventKind


class Unfollowed(Payload, frozen=True):
    """Something unknown was called: a "helper" or "callee", or what runs already, "recursion"."""

    kind: ClassVar[str] = "unfollowed"
    what: str
    text: str


class UnfollowedCalls(EventKind):
    """Calls that the analysis could not follow."""

    name = "unfollowed"

    def unfollowed(self, activation: Context, call: ir.Call, kind: str, text: str) -> None:
        """See `Observer`."""
        activation.effects.emit(call.place, Unfollowed(kind, text))
