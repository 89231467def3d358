"""What to do about a finding: the suggestion for its hook and for what the call is for."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from bpf_lint.config.cexpr import condition
from bpf_lint.config.kernel_schema import Purpose
from bpf_lint.config.rule_schema import Rule
from bpf_lint.dataflow.results.result import Facts
from bpf_lint.rules.text import fill

# The fact that only advice can use.
PURPOSE = "purpose"


def suggestion_for(
    rule: Rule, purposes: Iterable[Purpose], functions: Iterable[str], facts: Facts
) -> str:
    """The first advice of a rule that holds, else its general suggestion.

    Args:
        purposes: What calls can be for, the first that fits counts.
        functions: Names of those on the last program's way to the call.
        facts: Of the event.
    """
    known = {**facts, PURPOSE: purpose_of(purposes, list(functions), facts)}
    for advice in rule.advice:
        if condition(advice.when).holds(known):
            return fill(advice.text, known)
    return fill(rule.suggestion, known)


def purpose_of(purposes: Iterable[Purpose], functions: list[str], facts: Facts) -> str:
    """What a call is for, "" where nothing tells."""
    for purpose in purposes:
        named = not purpose.functions or any(
            fnmatchcase(name, glob) for name in functions for glob in purpose.functions
        )
        if named and (not purpose.when or condition(purpose.when).holds(facts)):
            return purpose.name
    return ""
