"""What an analysis says: all that rules see of the dataflow.

A `System` that has run holds instances; an instance holds the arrivals it was run from, and each
of them an outcome: results, and the events that happened on the way.
"""

from __future__ import annotations

from bpf_lint.dataflow.domain import limits, packet
from bpf_lint.dataflow.domain.base import PACKET, Kind
from bpf_lint.dataflow.domain.values import (
    NONZERO,
    POSITIVE,
    UNKNOWN,
    Origin,
    exact,
    leq,
    number,
    origins,
)
from bpf_lint.dataflow.engine.events import (
    Assign,
    Call,
    Event,
    FibLookup,
    FibUse,
    MapStore,
    Narrow,
    Payload,
    Redirect,
    TailCall,
    Unavailable,
)
from bpf_lint.dataflow.engine.memo import Result
from bpf_lint.dataflow.system.instance import Arrival, Instance, InstanceKey
from bpf_lint.dataflow.system.shared import ANYWHERE, root_key, settle
from bpf_lint.dataflow.system.site import Site, owner_site, site_of
from bpf_lint.dataflow.system.system import System

__all__ = [
    "ANYWHERE",
    "NONZERO",
    "PACKET",
    "POSITIVE",
    "UNKNOWN",
    "Arrival",
    "Assign",
    "Call",
    "Event",
    "FibLookup",
    "FibUse",
    "Instance",
    "InstanceKey",
    "Kind",
    "MapStore",
    "Narrow",
    "Origin",
    "Payload",
    "Redirect",
    "Result",
    "Site",
    "System",
    "TailCall",
    "Unavailable",
    "exact",
    "leq",
    "limits",
    "number",
    "origins",
    "owner_site",
    "packet",
    "root_key",
    "settle",
    "site_of",
]
