"""What goes into a machine and comes out of it, as JSON."""

from __future__ import annotations

import msgspec

from ..records import Observation
from ..trials import Result, Trial


class Jobs(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a machine has to run, in this order: ids of experiments, trials, more experiments."""

    experiments: list[str] = []
    trials: list[Trial] = []
    more: list[str] = []


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of a machine's report.

    Args:
        booted: The kernel's release; the first message.
        observed: An experiment that was run.
        result: A trial that was run.
        missing: Id of one that could not be run; `note` says why.
        done: The last message.
    """

    booted: str = ""
    observed: Observation | None = None
    result: Result | None = None
    missing: str = ""
    note: str = ""
    done: bool = False
