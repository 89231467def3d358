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


def cause(**changes: object) -> str:
    hook = HookContext("veth", "default", "a.c", "entry", "tc-egress", "slave", "ipvlan", "pod")
    target = Target("host", "X", "a.c", 3, symbol="X", device="eth0")
    members = {"line": 1, "rule": "r", "message": "m", "hook": hook, "target": target} | changes
    seen = Occurrence(members["hook"], members["target"], {}, ())  # type: ignore[arg-type]
    one = finding(members["line"], seen, rule=members["rule"], message=members["message"])  # type: ignore[arg-type]
    return merge([one], {"r": "r", "lookup": "r"})[0].cause


def test_one_number_that_is_wrong_for_one_reason_is_one_cause() -> None:
    same = {"line": 9, "rule": "lookup", "message": "another"}
    assert cause() == cause(**same)
    target = Target("host", "Y", "b.c", 7, symbol="Y", device="eth0")
    assert cause() == cause(target=target)  # another name of the same device
    for changes in (
        {"rule": "other"},
        {"target": msgspec.structs.replace(target, device="eth1")},
        {"target": msgspec.structs.replace(target, kept="map")},
        {"target": msgspec.structs.replace(target, netns="pod2")},
        {"hook": HookContext("veth", "", "a.c", "entry", "netkit-primary", "nk", "netkit", "pod")},
    ):
        assert cause() != cause(**changes)


def test_a_rule_about_the_call_has_a_cause_a_function_and_message() -> None:
    assert cause(rule="call") == cause(rule="call", line=8)
    assert cause(rule="call") != cause(rule="call", message="another")
