"""Fills a rule's texts with the facts of a hit, and makes the finding."""

from __future__ import annotations

from collections.abc import Callable

from bpf_lint.config.schema import Rule
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
        argument: Argument | None = None,
    ) -> Finding:
        """A finding at a site, its texts filled from the facts of its first hit."""
        line = " ".join(self._statement(site.place.path, site.place.line).split())
        modes = sorted({occurrence.hook.mode for occurrence in occurrences})
        sure = any(not occurrence.assumptions for occurrence in occurrences)
        return Finding(
            rule=rule.id,
            severity=rule.severity,
            confidence="high" if sure else "medium",
            path=site.place.path,
            line=site.place.line,
            column=site.place.column,
            function=site.function,
            message=fill(rule.message, facts),
            suggestion=fill(rule.suggestion, facts),
            statement=line,
            fingerprint=fingerprint(rule.id, site.place.path, site.function, line, modes),
            occurrences=occurrences,
            spelling=site.place.spelling,
            fact=fill(rule.fact, facts),
            argument=argument,
        )


def fill(template: str, facts: Facts) -> str:
    """A text with every {fact} replaced."""
    text = template
    for name, value in facts.items():
        text = text.replace("{" + name + "}", str(value))
    return " ".join(text.split())
