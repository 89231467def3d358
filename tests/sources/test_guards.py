"""On which conditions a line of source depends."""

import pytest

from bpf_lint.sources.enclosing import enclosing_conditions
from bpf_lint.sources.guards import guards


def around(source: str) -> list[str]:
    """The conditions around the line that says HERE."""
    lines = source.split("\n")
    line = next(n for n, text in enumerate(lines, 1) if "HERE" in text)
    return guards(lambda number: lines[number - 1], line)


@pytest.mark.parametrize(
    ("source", "conditions"),
    [
        ("HERE", []),
        ("#ifdef A\nHERE", ["A"]),
        ("#ifdef A\n#endif\nHERE", []),
        ("#if defined(A) && \\\n  !defined(B)\nHERE", ["defined(A) && !defined(B)"]),
        ("# ifndef A\n#  if B\nHERE", ["A", "B"]),
        ("#ifdef A\n#else\nHERE", ["A"]),
        ("#if A\n#elif B\nHERE", ["A B"]),
        ("#ifdef A /* why\n#endif */\nHERE", ["A"]),
        ("/* #ifdef A */\n// #ifdef B\nHERE", []),
        ('x = "/*";\n#ifdef A\nHERE', ["A"]),
        ("#endif\n#ifdef A\nHERE\n#ifdef B", ["A"]),
        ("#define A \\\n#ifdef B\nHERE", []),
    ],
)
def test_the_preprocessor_conditions_around_a_line(source: str, conditions: list[str]) -> None:
    assert around(source) == conditions


@pytest.mark.parametrize(
    ("body", "conditions"),
    [
        ("", []),
        ("if (a) ", ["a"]),
        ("if (a) f(); ", []),
        ("if (a) { f(); ", ["a"]),
        ("if (a) { f(); } ", []),
        ("if (a) { if (b) f(); ", ["a"]),
        ("if (a) if (b) ", ["a", "b"]),
        ("if (a && (b || c)) ", ["a && (b || c)"]),
        ("if (a) f(); else ", ["a"]),
        ("if (a) { f(); } else { ", ["a"]),
        ("if (a) f(); else g(); ", []),
        ("if (a) f(); else if (b) ", ["a", "b"]),
        ("for (i = 0; i < 3; i++) { if (a) ", ["a"]),
        ("/* if (a) */ // if (b)\n ", []),
        ('f("if (a)"); ', []),
        ("if (a ", []),
        ("\n#if (A)\nif (b) ", ["b"]),
        ("} } if (a) ", ["a"]),
    ],
)
def test_the_ifs_around_a_place(body: str, conditions: list[str]) -> None:
    assert enclosing_conditions("int f(int x)\n{ " + body) == conditions
