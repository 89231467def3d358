"""Checks of a rule's file: everything that it names is there."""

from __future__ import annotations

import re

from bpf_lint.config.cexpr import condition, prototype
from bpf_lint.config.crosscheck import Failure, check_condition, check_names
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.rule_schema import Ending, Rule
from bpf_lint.rules.advice import PURPOSE
from bpf_lint.rules.vocabulary import facts_of, kinds, whole_facts

# A fact in a text.
FACT = re.compile(r"\{([\w.]+)\}")


def check_rule(rule: Rule, kernel: KernelModel, error: Failure) -> None:
    """Check that a rule's events, condition, facts and helpers are there."""
    check_names("event", rule.events(), kinds(), error, "event")
    check_condition(rule.when, error, "when")
    for name in sorted(condition(rule.when).calls):
        raise error(f"{name}() cannot be called in a condition", "when")
    facts = facts_of(rule.events())
    check_names("fact", sorted(condition(rule.when).names), facts, error, "when")
    if rule.each != "target":
        # These are about all that the ifindex can be.
        single = {n for n in condition(rule.when).names if n.startswith("target.")} - whole_facts(
            rule.events()
        )
        if single:
            raise error(f'{min(single)} is about one target: say each = "target"', "when")
    for key in ("message", "suggestion", "fact"):
        check_names("fact", FACT.findall(getattr(rule, key)), facts, error, key)
    for at, advice in enumerate(rule.advice):
        known = facts | {PURPOSE}
        check_condition(advice.when, error, "advice", at, "when")
        names = sorted(condition(advice.when).names)
        check_names("fact", names, known, error, "advice", at, "when")
        check_names("fact", FACT.findall(advice.text), known, error, "advice", at, "text")
    if rule.ending is not None:
        _check_ending(rule, rule.ending, facts, error)
    check_names("helper", rule.helpers, kernel.helpers, error, "helpers")
    check_names("helper", rule.calls, kernel.helpers, error, "calls")
    for name in rule.helpers if rule.argument else ():
        parameters = [one.name for one in prototype(kernel.helpers[name].prototype).parameters]
        check_names(f"parameter of bpf_{name}()", [rule.argument], parameters, error, "argument")


def _check_ending(rule: Rule, ending: Ending, facts: set[str], error: Failure) -> None:
    """Check what a rule says where nothing else happens to a call."""
    if not rule.stage:
        raise error("only a rule with a stage can come before others", "ending")
    check_condition(ending.when, error, "ending", "when")
    check_names("fact", sorted(condition(ending.when).names), facts, error, "ending", "when")
    for key in ("fact", "text", "otherwise", "advice"):
        check_names("fact", FACT.findall(getattr(ending, key)), facts, error, "ending", key)
