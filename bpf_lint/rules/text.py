"""Fills a rule's texts with the facts of a hit, and makes the finding."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from bpf_lint.config.rule_schema import Rule
from bpf_lint.dataflow.results.result import Facts, Site
from bpf_lint.model.finding import Argument, Finding, Occurrence
from bpf_lint.model.fingerprint import fingerprint


class Texts:
    """Makes findings; `statement` gives a source line by path and 1-based line."""

    def __init__(self, statement: Callable[[str, int], str]) -> None:
        self._statement = statement

    def finding(
        self,
        rule: Rule,
        site: Site,
        facts: Facts,
        occurrences: tuple[Occurrence, ...],
        suggestion: str,
        argument: Argument | None = None,
    ) -> Finding:
        """A finding at a site, its texts filled from the facts of its first hit."""
        sure = any(not occurrence.assumptions for occurrence in occurrences)
        found = Finding(
            rule=rule.id,
            severity=rule.severity,
            confidence="high" if sure else "medium",
            path=site.place.path,
            line=site.place.line,
            column=site.place.column,
            function=site.function,
            message=fill(rule.message, facts),
            suggestion=suggestion,
            statement="",
            fingerprint="",
            occurrences=occurrences,
            spelling=site.place.spelling,
            fact=fill(rule.fact, facts),
            argument=argument,
        )
        return restated(found, self._statement(found.path, found.line))


def restated(finding: Finding, line: str) -> Finding:
    """A finding that quotes a source line."""
    statement = " ".join(line.split())
    modes = {occurrence.hook.mode for occurrence in finding.occurrences}
    digest = fingerprint(finding.rule, finding.path, finding.function, statement, modes)
    return msgspec.structs.replace(finding, statement=statement, fingerprint=digest)


def fill(template: str, facts: Facts) -> str:
    """A text with every {fact} replaced."""
    text = template
    for name, value in facts.items():
        text = text.replace("{" + name + "}", str(value))
    return " ".join(text.split())
