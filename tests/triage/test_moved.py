"""Renames of files, folders and functions are followed where two states are compared."""

from __future__ import annotations

import pytest

from bpf_lint.triage.diff import diff, new_since
from bpf_lint.triage.moved import States
from tests.triage.findings import finding, report

SEND = "int send(int x)\n{\n\treturn bpf_redirect(x, 0);\n}\n"
RENAMED = SEND.replace("send", "send_out")


def states(before: dict[str, str], now: dict[str, str]) -> States:
    return States(before.get, now.get)


@pytest.mark.parametrize(
    ("before", "now", "path", "function", "new"),
    [
        ({"a.h": SEND}, {"b.h": SEND}, "b.h", "send", False),  # the file
        ({"bpf/a.h": SEND}, {"datapath/a.h": SEND}, "datapath/a.h", "send", False),
        ({"a.h": SEND}, {"a.h": RENAMED}, "a.h", "send_out", False),  # the function
        ({"a.h": SEND}, {"b.h": RENAMED}, "b.h", "send_out", False),  # both
        ({"a.h": SEND}, {"a.h": "", "b.h": SEND}, "b.h", "send", False),  # moved into a new file
        ({"a.h": SEND, "b.h": ""}, {"a.h": "", "b.h": SEND}, "b.h", "send", True),
        ({"a.h": SEND + RENAMED}, {"a.h": SEND + RENAMED}, "a.h", "send_out", True),
    ],
)
def test_a_rename_is_not_new(
    before: dict[str, str], now: dict[str, str], path: str, function: str, new: bool
) -> None:
    old = next(name for name, text in before.items() if text)
    result = diff(
        report(finding(path=old, function="send")),
        report(finding(path=path, function=function)),
        states(before, now),
    )
    assert (len(result.new), len(result.fixed)) == (int(new), int(new))
    assert len(result.moved) == len(result.unchanged) == int(not new)


@pytest.mark.parametrize("change", ["statement", "rule"])
def test_what_differs_in_more_than_names_is_new(change: str) -> None:
    other = finding(path="b.h", **{change: "another"})  # type: ignore[arg-type]
    result = diff(report(finding(path="a.h")), report(other), states({"a.h": SEND}, {"b.h": SEND}))
    assert (len(result.new), len(result.fixed)) == (1, 1)


def test_each_finding_is_renamed_once() -> None:
    old = report(finding(3, path="a.h"))
    new = report(finding(3, path="b.h"), finding(9, path="c.h"))
    both = states({"a.h": SEND}, {"b.h": SEND, "c.h": SEND})
    assert [one.path for one in diff(old, new, both).new] == ["c.h"]
    assert new_since(old, new, "v1", both).summary.notes == (
        "only findings that are new since v1: 1 unchanged (1 of them renamed), 0 fixed",
    )
