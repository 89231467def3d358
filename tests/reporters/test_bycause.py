"""Findings with one cause are one report; each stays a result in the formats for machines."""

import json
from itertools import permutations

import msgspec
import pytest

from bpf_lint.model.finding import Occurrence, Step, Target
from bpf_lint.reporters.bycause import by_cause, count_causes
from bpf_lint.reporters.paint import paint_for
from bpf_lint.reporters.registry import render
from bpf_lint.reporters.text import MOST, block
from bpf_lint.reporters.way import way
from tests.reporters.samples import OPTIONS, RICH, RULES, TRACE, TWIN, finding, hook

LONG = "the number names a device of another namespace " * 12


def test_the_redirect_tells_its_cause_and_the_lookup_follows() -> None:
    groups = {
        tuple(one.line for one in group)
        for order in permutations(RICH.findings)
        for group in by_cause(order, RULES)
    }
    assert groups == {(89, 90, 120)}


def test_a_finding_without_a_cause_is_alone() -> None:
    old = [finding(cause="", line=n) for n in (5, 6)]
    assert count_causes([*old, TWIN]) == 3
    assert [len(group) for group in by_cause([*old, TWIN], RULES)] == [1, 1, 1]


def test_sites_of_a_cause_are_told_in_one_line() -> None:
    lines = render(RICH, "text", OPTIONS).splitlines()
    assert [line for line in lines if "sites in all" in line] == [
        "  3 sites in all, also: :90:10; :120:8 [cross-netns-fib-lookup]"
    ]
    assert sum("reason:" in line for line in lines) == 1


def test_machine_formats_link_the_results_of_a_cause() -> None:
    results = json.loads(render(RICH, "sarif", OPTIONS))["runs"][0]["results"]
    assert len(results) == 3
    assert len({one["correlationGuid"] for one in results}) == 1
    texts = [place["message"]["text"] for place in results[0]["relatedLocations"]]
    assert sum(text.startswith("same cause: bpf_") for text in texts) == 2
    ids = [place["id"] for place in results[0]["relatedLocations"]]
    assert ids == list(range(1, len(ids) + 1))
    findings = json.loads(render(RICH, "json", OPTIONS))["findings"]
    assert {one["cause"] for one in findings} == {"ca" * 16}


@pytest.mark.parametrize("text", ["short", LONG])
@pytest.mark.parametrize("hops", [0, 1, 3, 9])
@pytest.mark.parametrize("others", [0, 1, 60])
def test_a_cause_takes_at_most_fifteen_lines(text: str, hops: int, others: int) -> None:
    tails = tuple(Step("tail_call", f"a/b/c{n}.h", n + 1, 1, text) for n in range(hops))
    trace = (TRACE[0], *tails, *TRACE[-2:])
    first = msgspec.structs.replace(finding().occurrences[0], trace=trace)
    one = finding(message=text, suggestion=text, occurrences=(first, *finding().occurrences[1:]))
    group = [one, *(finding(line=100 + n) for n in range(others))]
    assert len(block(group, OPTIONS, paint_for(OPTIONS))) <= MOST


def tail(number: int) -> Step:
    return Step("tail_call", "a.c", number, 1, f"tail call {number}")


ENTRY, CALL, EVENT = TRACE[0], Step("call", "a.c", 7, 1, "calls f"), TRACE[-1]
STORE, LOAD = Step("map_store", "b.c", 1, 1, "stored"), Step("map_load", "b.c", 2, 1, "read")
SOURCE, ASSIGN = Step("assign", "b.c", 3, 1, "NUMBER"), Step("assign", "b.c", 4, 1, "passed on")


def shown(travel: tuple[Step, ...], *between: Step, most: int = 6) -> list[str]:
    target = Target("host", "NUMBER", "b.c", 3, travel)
    return [s.text for s in way(Occurrence(hook(), target, {}, (ENTRY, *between, EVENT)), most)]


def test_the_way_tells_the_number_before_the_packet_and_folds_calls() -> None:
    travel = (SOURCE, ASSIGN, STORE, LOAD, ASSIGN)
    middle = [ENTRY.text, "tail call 1", "read"]
    assert shown(travel, CALL, tail(1), CALL) == ["NUMBER", "stored", *middle, EVENT.text]
    # Without room, the source goes first: the store says where the number is from, too.
    assert shown(travel, tail(1), most=5) == ["stored", *middle, EVENT.text]
    least = shown(travel, tail(1), tail(2), most=4)
    assert least == ["stored", ENTRY.text, "after 2 tail calls: read", EVENT.text]


def test_of_many_tail_calls_the_last_are_shown_and_the_others_counted() -> None:
    steps = shown((), *(tail(n) for n in range(1, 9)), most=4)
    assert steps == [ENTRY.text, "after 6 tail calls: tail call 7", "tail call 8", EVENT.text]


def test_a_number_that_the_call_names_has_no_step_of_its_own() -> None:
    at_call = Step("assign", EVENT.path, EVENT.line, 1, "NUMBER")
    assert shown((at_call,)) == [ENTRY.text, EVENT.text]
    assert shown((SOURCE, ASSIGN)) == [ENTRY.text, "NUMBER", EVENT.text]
