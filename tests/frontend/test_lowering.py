"""Each case is a C file; what it lowers to is beside it, as text.

`UPDATE_CASES=1 pytest tests/frontend/test_lowering.py` rewrites the texts: read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bpf_lint.frontend import FrontEnd
from bpf_lint.ir.text import format_function

CASES = Path(__file__).parent / "cases"
FLAGS = ("-target", "bpf", "-O2", "-DON_COMMAND_LINE=4")


def lower(path: Path) -> str:
    """Return the listing of every function of a case, in source order."""
    roots = ("f", "label_in_dead_branch", "computed", "tail_call", "load", "copies")
    unit = FrontEnd().parse(str(path), FLAGS, str(path.parent), (), roots)
    assert unit.errors == ()
    return "\n".join(format_function(function) for function in unit.functions.values())


@pytest.mark.parametrize("path", sorted(CASES.glob("*.c")), ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    listing = lower(path)
    expected = path.with_suffix(".ir")
    if os.environ.get("UPDATE_CASES"):
        expected.write_text(listing)
    assert listing == expected.read_text()
