"""Comparison of reports by fingerprint."""

import msgspec

from bpf_lint.model.finding import Skipped
from bpf_lint.triage import diff
from bpf_lint.triage.diff import new_since
from tests.triage.findings import finding, report


def test_moved_findings_are_unchanged() -> None:
    result = diff(report(finding(3)), report(finding(300)))
    assert (result.new, result.fixed, [f.line for f in result.unchanged]) == ((), (), [300])


def test_new_and_fixed() -> None:
    result = diff(report(finding(path="old.h")), report(finding(path="new.h")))
    assert [f.path for f in result.new] == ["new.h"]
    assert [f.path for f in result.fixed] == ["old.h"]


def test_a_second_one_like_the_first_is_new() -> None:
    result = diff(report(finding(3)), report(finding(3), finding(9)))
    assert [f.line for f in result.new] == [9]
    result = diff(report(finding(3), finding(9)), report(finding(3)))
    assert [f.line for f in result.fixed] == [9]


def test_new_since_keeps_the_new_and_tells_of_the_old() -> None:
    old = report(finding(path="old.h"), finding())
    skipped = (Skipped("x.c", "no header"),)
    old = msgspec.structs.replace(
        old, summary=msgspec.structs.replace(old.summary, skipped=skipped)
    )
    result = new_since(old, report(finding(), finding(path="new.h")), "v1")
    assert [f.path for f in result.findings] == ["new.h"]
    assert result.summary.findings == 1
    assert result.summary.notes == (
        "only findings that are new since v1: 1 unchanged, 1 fixed",
        "v1: not analysed: x.c: no header",
    )
