"""The tool that mutates the dataflow: what counts as a mutant, and that survivors are explained."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import mutants  # noqa: E402


def test_what_is_never_evaluated_is_no_mutant() -> None:
    code = "def f(a: int | None) -> int | None:\n    return a"
    assert mutants.meaning(code) == mutants.meaning(code.replace("|", "+"))
    assert mutants.meaning(code) != mutants.meaning(code.replace("return a", "return not a"))
    protocol = "class P(Protocol):\n    @property\n    def p(self) -> int: ..."
    assert mutants.meaning(protocol) == mutants.meaning(protocol.replace("    @property\n", ""))
    assert mutants.meaning("case a & b(:") == ""


def test_survivors_are_of_the_code_that_is_there() -> None:
    for module, before, _ in mutants.read_survivors():
        assert before in (ROOT / module).read_text()
