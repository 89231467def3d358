"""Events that are given an ifindex: what they have in common."""

from __future__ import annotations

from bpf_lint.dataflow.domain.atoms import UNKNOWN, Origin, Value
from bpf_lint.dataflow.domain.values import origins
from bpf_lint.dataflow.engine.events import Event, Payload
from bpf_lint.dataflow.observers.kind import EventKind, Facts, Moment


class Aimed(Payload, frozen=True):
    """A helper was given this ifindex."""

    helper: str
    target: Value


class AimedKind(EventKind):
    """A kind of event that is given an ifindex."""

    described = {
        "helper": "the helper, with bpf_, text",
        "cut": "where the ifindex lost bits, in words",
        "target.unknown": "the ifindex can also be a number that is not known",
        "target.only": "the ifindex cannot be anything else",
        "target.zero": "the ifindex can be a 0 that the program wrote",
    }
    whole = frozenset(["target.unknown", "target.only", "target.zero"])

    def targets(self, payload: Aimed) -> list[Origin]:
        """See `EventKind`."""
        seen: dict[tuple[object, ...], Origin] = {}
        for atom in origins(payload.target):
            seen.setdefault((atom.symbol, atom.netns, atom.place, atom.zero), atom)
        return list(seen.values())

    def facts(self, moment: Moment) -> Facts:
        """See `EventKind`."""
        payload = moment.event.payload
        assert isinstance(payload, Aimed)
        return {
            "helper": f"bpf_{payload.helper}",
            "cut": f"on its way to bpf_{payload.helper}()",
            "target.unknown": int(UNKNOWN in payload.target),
            "target.zero": int(0 in payload.target),
            "target.only": int(len(payload.target) == 1),
        }

    def words(self, event: Event) -> tuple[str, str]:
        """See `EventKind`."""
        assert isinstance(event.payload, Aimed)
        return self.name, f"bpf_{event.payload.helper}() in {event.function}"
