"""What an analysis says: all that rules see of the dataflow.

A `System` that has run holds instances; an instance holds the arrivals it was run from, and each
of them an outcome: results, and the events that happened on the way.
"""

from __future__ import annotations

from bpf_lint.dataflow.domain import limits
from bpf_lint.dataflow.domain.atoms import NONZERO, POSITIVE, UNKNOWN, Origin
from bpf_lint.dataflow.domain.base import Kind
from bpf_lint.dataflow.domain.values import exact, origins
from bpf_lint.dataflow.engine.events import Call, Event, MapStore, Payload, TailCall
from bpf_lint.dataflow.observers.aimed import Aimed
from bpf_lint.dataflow.observers.assignment import Assign
from bpf_lint.dataflow.observers.kind import EventKind, Facts, Moment, Whole
from bpf_lint.dataflow.observers.redirect import Redirect
from bpf_lint.dataflow.observers.registry import KINDS
from bpf_lint.dataflow.observers.unfollowed import Unfollowed
from bpf_lint.dataflow.results.replay import Replay, Way
from bpf_lint.dataflow.system.instance import Arrival, Instance
from bpf_lint.dataflow.system.shared import ANYWHERE, at_hook, root_key
from bpf_lint.dataflow.system.site import Site, site_of
from bpf_lint.dataflow.system.system import System

__all__ = [
    "ANYWHERE",
    "KINDS",
    "NONZERO",
    "POSITIVE",
    "UNKNOWN",
    "Aimed",
    "Arrival",
    "Assign",
    "Call",
    "Event",
    "EventKind",
    "Facts",
    "Instance",
    "Kind",
    "MapStore",
    "Moment",
    "Origin",
    "Payload",
    "Redirect",
    "Replay",
    "Site",
    "System",
    "TailCall",
    "Unfollowed",
    "Way",
    "Whole",
    "at_hook",
    "exact",
    "limits",
    "origins",
    "root_key",
    "site_of",
]
