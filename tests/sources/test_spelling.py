"""Arguments of a call, where its source spells them."""

import pytest

from bpf_lint.sources.spelling import Spelt, spelt_call


def arguments(source: str, column: int = 1) -> list[Spelt] | None:
    lines = source.split("\n")

    def line_of(number: int) -> str:
        return lines[number - 1] if number <= len(lines) else ""

    call = spelt_call(line_of, 1, column)
    return None if call is None else list(call.arguments)


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("f(a, b)", ["a", "b"]),
        ("f (a)", ["a"]),
        ("f()", [""]),
        ("f(g(a, b), c[1, 2], (d, e))", ["g(a, b)", "c[1, 2]", "(d, e)"]),
        ("f(\"a, (\", ',', b)", ['"a, ("', "','", "b"]),
        ("f(a /* , ( */, b)", ["a", "b"]),
        ("f(/* first */ a, b)", ["a", "b"]),
        ("f(a, // one, two (\n b)", ["a", "b"]),
        ("f(a ? b : c, d)", ["a ? b : c", "d"]),
        ("f(a +\n  b, c)", ["a +", "c"]),
        ("f(a, \\\n  b)", ["a", "b"]),
    ],
)
def test_arguments_are_what_stands_between_commas(source: str, texts: list[str]) -> None:
    assert [one.text for one in arguments(source) or []] == texts


@pytest.mark.parametrize("source", ["a + b", "1(2)", "f", "if x(1)"])
def test_what_is_no_call_has_none(source: str) -> None:
    assert arguments(source) is None


@pytest.mark.parametrize("source", ["f(a, b", "f(", "f(a" + ",\n" * 30 + "b)"])
def test_what_does_not_end_has_none(source: str) -> None:
    assert arguments(source) == []


def test_places_are_1_based_and_columns_count_bytes() -> None:
    assert arguments("f(ä, b)") == [Spelt(1, 3, "ä"), Spelt(1, 7, "b")]
    assert arguments("return f(a,\n\tb);", 8) == [Spelt(1, 10, "a"), Spelt(2, 2, "b")]
    assert arguments("ä = f(x)", 6) == [Spelt(1, 8, "x")]
