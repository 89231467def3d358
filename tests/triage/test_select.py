"""Which rules run."""

import pytest

from bpf_lint.config.rule_schema import Example, Rule
from bpf_lint.triage import TriageError
from bpf_lint.triage.select import path_matches, selected_rules


def rule(name: str, status: str = "stable") -> Rule:
    example = Example(code="f();")
    return Rule(
        id=name,
        title=name,
        event="redirect",
        when="1",
        status=status,  # type: ignore[arg-type]
        message="m",
        suggestion="s",
        description="d",
        kernel="k",
        bad=example,
        good=example,
    )


RULES = {"net-a": rule("net-a"), "net-b": rule("net-b"), "new-c": rule("new-c", "preview")}


@pytest.mark.parametrize(
    ("select", "ignore", "expected"),
    [
        ([], [], {"net-a", "net-b"}),
        (["new-*"], [], {"new-c"}),
        (["*"], ["net-b"], {"net-a", "new-c"}),
        ([], ["*"], set()),
    ],
)
def test_selection(select: list[str], ignore: list[str], expected: set[str]) -> None:
    assert selected_rules(RULES, select, ignore) == expected


def test_globs_that_name_nothing_are_refused() -> None:
    with pytest.raises(TriageError, match='no rule matches "net-d"; did you mean "net-'):
        selected_rules(RULES, ["net-d"], [])


@pytest.mark.parametrize(
    ("path", "glob", "expected"),
    [
        ("bpf/lib/a.h", "bpf", True),
        ("bpf/lib/a.h", "bpf/", True),
        ("bpf/lib/a.h", "bpf/*/a.h", True),
        ("bpf/lib/a.h", "**/*.h", True),
        ("a.h", "**/*.h", True),
        ("bpf/lib/a.h", "*.h", False),
        ("bpf2/a.h", "bpf", False),
        ("a+b.h", "a+b.h", True),
        ("aab.h", "a+b.h", False),
    ],
)
def test_path_globs(path: str, glob: str, expected: bool) -> None:
    assert path_matches(path, glob) is expected
