"""The names that rule files can use: kinds of events, and the facts of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bpf_lint.config.rule_schema import Rule
from bpf_lint.config.shapes import data_schema
from bpf_lint.dataflow.results.result import KINDS, EventKind
from bpf_lint.rules.facts import COMMON

# What is needed whatever rules look at: redirects and FIB lookups whose ifindex is not known are
# counted, and traces tell of assignments.
_ALWAYS = ("redirect", "fib_lookup", "assignment")


def kinds() -> dict[str, EventKind]:
    """The kinds of events that rules can look at, by name."""
    return {name: kind for name, kind in KINDS.items() if kind.plural}


def events_needed(rules: Iterable[Rule]) -> frozenset[str]:
    """Names of the kinds of events that a run with these rules needs."""
    return frozenset([*_ALWAYS, *(name for rule in rules for name in rule.events())])


def whole_facts(events: list[str]) -> frozenset[str]:
    """Facts of these kinds about all that an ifindex can be, not about one of its targets."""
    return frozenset().union(*(KINDS[name].whole for name in events))


def facts_of(events: list[str]) -> set[str]:
    """Names that a rule about these events can use."""
    shared = set.intersection(*(set(KINDS[event].described) for event in events))
    return shared | COMMON.keys()


def page() -> str:
    """The Markdown page of all facts, `docs/facts.md`."""
    parts = [
        "# Facts that rules can name",
        "A rule looks at events of one kind or several (`event`). Its condition (`when`, a C "
        "expression) and its texts (`{name}`) can use these facts; one that does not exist is an "
        "error. Numbers are 0 or 1 unless it says otherwise.",
        "## Of every event\n\n" + _table(COMMON),
        *(f"## Of `{name}`\n\n" + _table(kind.described) for name, kind in kinds().items()),
        "<!-- Generated from bpf_lint/dataflow/observers/ and bpf_lint/rules/facts.py. -->",
    ]
    return "\n\n".join(parts) + "\n"


def rule_schema() -> dict[str, Any]:
    """JSON Schema of a rule's file."""
    schema = data_schema("rule")
    event = schema["$defs"]["Rule"]["properties"]["event"]
    names = sorted(kinds())
    for one in event["anyOf"]:
        one.get("items", one)["enum"] = names
    return schema


def _table(facts: Mapping[str, str]) -> str:
    rows = [f"| `{name}` | {text} |" for name, text in facts.items()]
    return "\n".join(["| fact | |", "|---|---|", *rows])
