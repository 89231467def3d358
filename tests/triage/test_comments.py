"""Suppressions in source: where they stand, what they cover, what is wrong with them."""

import pytest

from bpf_lint.triage.comments import suppressions

GOOD = "bpf-lint: ignore[some-rule] -- the peer is moved first"


def covered(text: str) -> list[int]:
    (suppression,) = suppressions(text)
    assert not suppression.error
    lines = range(1, text.count("\n") + 3)
    return [line for line in lines if suppression.covers("some-rule", line)]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (f"f();\ng(); /* {GOOD} */\nh();\n", [2]),
        (f"f();\n/* {GOOD} */\nh();\n", [3]),
        (f"f();\n// {GOOD}\nh();\n", [3]),
        (f"f();\n/* {GOOD} */ h();\ni();\n", [2]),
        (f"f();\n/* {GOOD},\n * as said there */\nh();\n", [4]),
        (f"f(); /* {GOOD},\n * as said there */\nh();\n", [1]),
        (f"/* {GOOD} */\n/* another comment\n   of two lines */\nh();\n", [4]),
        (f"#define X() \\\n\t/* {GOOD} */ \\\n\th()\n", [3]),
        (f"#define X() \\\n\th() /* {GOOD} */ \\\n\t+ i()\n", [2]),
    ],
)
def test_it_covers_its_line_or_the_one_below(text: str, lines: list[int]) -> None:
    assert covered(text) == lines


def test_rules_and_reason() -> None:
    (found,) = suppressions("/* bpf-lint: ignore[rule-a, rule-b] --  the\n *  reason */\n")
    assert (found.rules, found.reason, found.line) == (("rule-a", "rule-b"), "the reason", 1)
    assert not found.covers("rule-c", found.target)


@pytest.mark.parametrize(
    ("comment", "error"),
    [
        ("bpf-lint: ignore[some-rule]", "without a reason"),
        ("bpf-lint: ignore[some-rule] --", "without a reason"),
        ("bpf-lint: ignore[some-rule] -- !!", "without a reason"),
        ("bpf-lint: ignore[some-rule] because", "without a reason"),
        ("bpf-lint: ignore -- reason", "without a rule"),
        ("bpf-lint: ignore[] -- reason", "without a rule"),
        ("bpf-lint: ignore[some-*] -- reason", "which is no rule id"),
        ("bpf-lint: ignore[*] -- reason", "which is no rule id"),
        ("bpf-lint: disable[some-rule] -- reason", "unknown suppression"),
        ("bpf-lint: nonsense", "unknown suppression"),
    ],
)
def test_malformed_ones_cover_nothing_and_say_why(comment: str, error: str) -> None:
    (found,) = suppressions(f"f(); /* {comment} */\n")
    assert error in found.error
    assert "bpf-lint: ignore[rule] -- reason" in found.error
    assert not found.covers("some-rule", 1)


def test_strings_hold_no_suppression() -> None:
    assert suppressions(f'char *s = "/* {GOOD} */"; // fine\n') == []


def test_an_unfinished_comment_and_odd_quotes_are_read() -> None:
    (found,) = suppressions(f"#error don't\nf(); /* {GOOD}")
    assert found.covers("some-rule", 2)
