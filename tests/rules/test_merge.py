"""Findings of many systems become one list, whatever order they come in."""

from __future__ import annotations

from itertools import permutations

import msgspec

from bpf_lint.model.context import HookContext
from bpf_lint.model.finding import Finding, Occurrence, Step, Target
from bpf_lint.rules import merge


def occurrence(mode: str, *steps: str, assumed: str = "", entry: str = "entry") -> Occurrence:
    hook = HookContext(mode, "default", "a.c", entry, "tc-egress", "slave", "ipvlan", "pod")
    trace = tuple(Step("call", "a.c", 1, 1, text) for text in steps)
    target = Target("host", "HOST_DEV", "a.c", 3)
    return Occurrence(hook, target, {}, trace, (assumed,) if assumed else ())


def finding(line: int, *occurrences: Occurrence, rule: str = "r", message: str = "m") -> Finding:
    return Finding(
        rule, "error", "high", "a.c", line, 5, "f", message, "s", "call();", "", occurrences
    )


def test_findings_of_one_site_become_one() -> None:
    (one,) = merge([finding(1, occurrence("veth")), finding(1, occurrence("ipvlan"))])
    assert [o.hook.mode for o in one.occurrences] == ["ipvlan", "veth"]
    assert one.fingerprint


def test_rules_and_places_are_kept_apart_and_sorted() -> None:
    found = merge(
        [
            finding(9, occurrence("veth")),
            finding(2, occurrence("veth"), rule="b"),
            finding(2, occurrence("veth"), rule="a"),
        ]
    )
    assert [(one.line, one.rule) for one in found] == [(2, "a"), (2, "b"), (9, "r")]


def test_sure_occurrences_come_first_and_decide_the_confidence() -> None:
    unsure, sure = occurrence("ipvlan", assumed="x"), occurrence("veth")
    (one,) = merge([finding(1, unsure), finding(1, sure, message="sure")])
    assert one.occurrences == (sure, unsure)
    assert (one.confidence, one.message) == ("high", "sure")
    (alone,) = merge([finding(1, unsure)])
    assert alone.confidence == "medium"


def test_the_fingerprint_is_made_of_all_modes() -> None:
    both = [finding(1, occurrence("veth")), finding(1, occurrence("ipvlan"))]
    prints = {merge(both)[0].fingerprint, merge(both[:1])[0].fingerprint}
    assert len(prints) == 2


def test_the_order_of_systems_does_not_matter() -> None:
    parts = [
        finding(1, occurrence("veth", "one"), message="1"),
        finding(1, occurrence("veth", "two"), message="2"),
        finding(1, occurrence("veth", "two", entry="other"), message="3"),
        finding(1, occurrence("veth", "one", assumed="x"), message="4"),
        finding(2, occurrence("veth")),
    ]
    encoded = {msgspec.json.encode(merge(order)) for order in permutations(parts)}
    assert len(encoded) == 1
