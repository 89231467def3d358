"""Journeys as JSON, version 1."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bpf_lint.model.journey import Hop, Journey
from bpf_lint.reporters.jsontext import json_text


class JsonSite(msgspec.Struct, frozen=True):
    """A call; lines and columns start at 1."""

    path: str
    line: int
    column: int


class JsonHop(msgspec.Struct, frozen=True):
    """A station; see `model/journey.py`."""

    kind: str
    netns: str
    name: str
    hook: str
    device: str
    leaves: str
    verb: str
    target: str
    sites: tuple[JsonSite, ...]
    through: tuple[str, ...]
    broken: str


class JsonJourney(msgspec.Struct, frozen=True):
    """A journey; see `model/journey.py`."""

    mode: str
    start: str
    end: str
    broken: bool
    configurations: tuple[str, ...]
    stacks: tuple[str, ...]
    hops: tuple[JsonHop, ...]


class JsonJourneys(msgspec.Struct, frozen=True):
    """All of them."""

    version: int
    journeys: tuple[JsonJourney, ...]


def render(journeys: Sequence[Journey]) -> str:
    """The journeys in their order, keys in the order of the types."""
    return json_text(JsonJourneys(1, tuple(map(_journey, journeys))))


def _journey(one: Journey) -> JsonJourney:
    hops = tuple(map(_hop, one.hops))
    return JsonJourney(
        one.mode, one.start, one.end, one.broken, one.configurations, one.stacks, hops
    )


def _hop(one: Hop) -> JsonHop:
    members = msgspec.structs.asdict(one)
    sites = tuple(JsonSite(site.path, site.line, site.column) for site in one.sites)
    return JsonHop(**{**members, "sites": sites})
