"""What goes into a machine and comes out of it, as JSON."""

from __future__ import annotations

import msgspec

from ..records import Observation
from ..trials import Result, Trial


class Jobs(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a machine has to run.

    Args:
        experiments, more: Ids of experiments, before and after the trials.
        topologies: Those of which `ip` says what the devices are; the first that is done.
    """

    experiments: list[str] = []
    trials: list[Trial] = []
    more: list[str] = []
    topologies: list[str] = []


class Links(msgspec.Struct, frozen=True):
    """What `ip -j -d link` says in the namespaces of a topology."""

    topology: str
    outputs: dict[str, str]


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of a machine's report.

    Args:
        booted: The kernel's release; the first message.
        links: A topology that was made.
        observed: An experiment that was run.
        result: A trial that was run.
        missing: Id of one that could not be run; `note` says why.
        done: The last message.
    """

    booted: str = ""
    links: Links | None = None
    observed: Observation | None = None
    result: Result | None = None
    missing: str = ""
    note: str = ""
    done: bool = False
