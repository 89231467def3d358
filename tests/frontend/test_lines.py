"""The number of a line: where it is a place that moves, and where it is something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bpf_lint.frontend import FrontEnd
from bpf_lint.ir.nodes import Unit
from bpf_lint.ir.text import format_function

HEAD = """\
#define MAGIC __LINE__
#define CALL(a, b) g(a, b, MAGIC)
void g(int, int, unsigned short);
"""


def read(tmp_path: Path, body: str, outside: str = "") -> Unit:
    """The unit of one entry."""
    source = tmp_path / "a.c"
    source.write_text(f'{HEAD}{outside}__attribute__((section("tc"))) int f(int x)\n{{{body}}}\n')
    unit = FrontEnd().parse(str(source), ("-target", "bpf", "-O2"), str(tmp_path))
    assert not unit.errors
    return unit


@pytest.mark.parametrize(
    "body", ["g(1, 2, __LINE__);", "CALL(x,\n3);", "g(MAGIC, MAGIC + 1, -MAGIC);", "return MAGIC;"]
)
def test_nobody_knows_the_line(tmp_path: Path, body: str) -> None:
    unit = read(tmp_path, body)
    text = format_function(unit.functions["f"])
    assert text == format_function(read(tmp_path, body, "\n\n\n").functions["f"])
    assert "line number" in text
    assert not unit.counts
    assert not unit.functions["f"].counts


@pytest.mark.parametrize(
    "body",
    [
        "return sizeof(char[MAGIC]);",
        "switch (x) { case __LINE__: return 4; }",
        "static int y = MAGIC; return y;",
        "return _Generic(x, int: 7, default: MAGIC);",
    ],
)
def test_what_the_compiler_makes_of_it_counts(tmp_path: Path, body: str) -> None:
    unit = read(tmp_path, body)
    assert unit.functions["f"].counts
    assert not unit.counts


@pytest.mark.parametrize(
    "outside",
    [
        "enum { A = __LINE__ };\n",
        "int y =\n MAGIC;\n",
        "#if 0 && __LINE__ > 2\n#endif\n",
        "#if 0 && \\\n MAGIC\n#endif\n",
        "struct s { char a[MAGIC]; };\n",
    ],
)
def test_outside_of_functions_it_counts(tmp_path: Path, outside: str) -> None:
    assert read(tmp_path, "return 0;", outside).counts


def test_a_number_that_was_pasted_is_a_number(tmp_path: Path) -> None:
    unit = read(tmp_path, "return PASTE(1, 2);", "#define PASTE(a, b) a##b\n")
    assert "return 12" in format_function(unit.functions["f"])
