"""Fills a rule's texts with the facts of a hit, and makes the finding."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from bpf_lint.config.rule_schema import Rule
from bpf_lint.dataflow.results.result import Facts, Site
from bpf_lint.model.finding import Argument, Finding, Occurrence
from bpf_lint.model.fingerprint import fingerprint
from bpf_lint.sources.spelling import spelt_call


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
        return restated(found, self._statement)


def restated(finding: Finding, line_of: Callable[[str, int], str]) -> Finding:
    """A finding that quotes what its lines say.

    Args:
        line_of: The text of a source line, by path and 1-based line.
    """
    statement = " ".join(line_of(finding.path, finding.line).split())
    modes = {occurrence.hook.mode for occurrence in finding.occurrences}
    digest = fingerprint(finding.rule, finding.path, finding.function, statement, modes)
    return msgspec.structs.replace(
        finding,
        statement=statement,
        fingerprint=digest,
        argument=_respelt(finding, line_of),
    )


def _respelt(finding: Finding, line_of: Callable[[str, int], str]) -> Argument | None:
    """The argument as the call at its place spells it."""
    path, old = finding.path, finding.argument
    if old is None:
        return None
    call = spelt_call(lambda line: line_of(path, line), finding.line, finding.column)
    spelt = [Argument(path, *one) for one in call.arguments] if call else []
    return next((new for new in spelt if (new.line, new.column) == (old.line, old.column)), old)


def fill(template: str, facts: Facts) -> str:
    """A text with every {fact} replaced."""
    text = template
    for name, value in facts.items():
        text = text.replace("{" + name + "}", str(value))
    return " ".join(text.split())
