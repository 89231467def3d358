"""What the page of the HTML report draws: findings, their contexts, and the lines they lie in.

Every text is as people may see it (`model/printable.py`); the page puts all of them into text
nodes.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from bpf_lint.model.finding import Finding, Occurrence, Report, Step
from bpf_lint.reporters.bycause import by_cause
from bpf_lint.reporters.common import (
    Ordinary,
    contexts,
    defines_text,
    elsewhere_text,
    fact,
    flat,
    group_label,
    modes_of,
    ordinary_defines,
    origin_text,
    place,
    step_text,
    tested_text,
)
from bpf_lint.reporters.html.journeys import broken_by
from bpf_lint.reporters.html.lines import Lines
from bpf_lint.reporters.options import Options


class Way(msgspec.Struct, frozen=True, omit_defaults=True):
    """A finding at one hook, by one path, in some configurations.

    Args:
        label: Hook, device, namespace and entry.
        steps, origin_steps: Numbers of steps: of the packet, and of the number to the call.
        tested: What the path tests, in words; `defined`: macros that tell configurations apart.
        right: Where the same device is redirected to rightly, in words.
    """

    label: str
    mode: str
    program: str
    configurations: list[str]
    described: str
    steps: list[int]
    origin: str = ""
    origin_steps: list[int] = []
    tested: str = ""
    defined: str = ""
    assumed: list[str] = []
    right: str = ""


class Shown(msgspec.Struct, frozen=True):
    """A finding.

    Args:
        id: Its name in links: part of the fingerprint, numbered where several have one.
        cause: Number of its cause, by which findings are sorted; -1 where nothing is judged.
        journeys: Names of the drawings in which its call is the broken step.
    """

    id: str
    cause: int
    rule: str
    severity: str
    confidence: str
    path: str
    line: int
    column: int
    function: str
    fact: str
    message: str
    suggestion: str
    fingerprint: str
    modes: list[str]
    programs: list[str]
    ways: list[Way]
    journeys: list[str] = []


class RuleText(msgspec.Struct, frozen=True):
    """What the page says of a rule; `page` is the address of its documentation, "" for none."""

    title: str
    page: str


class Page(msgspec.Struct, frozen=True):
    """Everything that the page's script is given.

    Args:
        steps: Each step once: [kind, path, line, column, text].
        files: By path, the lines around its steps: [[first line, [text, ...]], ...].
    """

    findings: list[Shown]
    rules: dict[str, RuleText]
    steps: list[tuple[str, str, int, int, str]]
    files: dict[str, list[tuple[int, list[str]]]]


def page_data(report: Report, options: Options) -> Page:
    """The findings of a report, by cause; after them the calls of which the origin is not known."""
    writer = _Writer(report, options)
    shown = []
    for number, group in enumerate(by_cause(report.findings, options.rules)):
        shown += [writer.finding(one, number) for one in group]
    for group in by_cause(report.unknown, options.rules):
        shown += [writer.finding(one, -1) for one in group]
    rules = {flat(one.rule): one.rule for one in (*report.findings, *report.unknown)}
    return Page(
        shown,
        {name: writer.rule(rule) for name, rule in sorted(rules.items())},
        writer.steps.rows,
        writer.lines.windows(),
    )


class _Steps:
    """Steps by number, each written once."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, int, int, str]] = []
        self._known: dict[Step, int] = {}

    def number(self, step: Step) -> int:
        """The number of a step."""
        if step not in self._known:
            row = (flat(step.kind), place(step.path), step.line, step.column, step_text(step))
            self._known[step] = len(self.rows)
            self.rows.append(row)
        return self._known[step]


class _Writer:
    """Writes findings, and gathers the steps and lines that they share."""

    def __init__(self, report: Report, options: Options) -> None:
        self.steps = _Steps()
        self.lines = Lines(options)
        self._options = options
        self._ordinary: Ordinary = ordinary_defines(report.summary)
        self._ids: dict[str, int] = {}
        self._journeys = report.journeys

    def rule(self, name: str) -> RuleText:
        """A rule's title, and where to read about it."""
        rule = self._options.rules.get(name)
        return RuleText(flat(rule.title) if rule else "", self._options.page_of(name))

    def finding(self, one: Finding, cause: int) -> Shown:
        """A finding with its contexts; its own line is kept, too."""
        self.lines.want(one.path, one.line)
        occurrences = contexts(one)
        return Shown(
            id=self._id(one),
            cause=cause,
            rule=flat(one.rule),
            severity=flat(one.severity),
            confidence=flat(one.confidence),
            path=place(one.path),
            line=one.line,
            column=one.column,
            function=flat(one.function),
            fact=fact(one, self._options),
            message=flat(one.message),
            suggestion=flat(one.suggestion),
            fingerprint=flat(one.fingerprint),
            modes=[flat(mode) for mode in modes_of([one])],
            programs=sorted({place(each.hook.program) for each in occurrences}),
            ways=self._ways(occurrences),
            journeys=broken_by(one, self._journeys),
        )

    def _id(self, one: Finding) -> str:
        name = "".join(c for c in one.fingerprint if c.isascii() and c.isalnum())[:12] or "finding"
        self._ids[name] = number = self._ids.get(name, 0) + 1
        return name if number == 1 else f"{name}-{number}"

    def _ways(self, occurrences: Iterable[Occurrence]) -> list[Way]:
        """Contexts that differ in their configuration alone are one."""
        found: dict[tuple[object, ...], Way] = {}
        for one in occurrences:
            way = self._way(one)
            known = found.setdefault((way.label, *way.steps, way.origin, *way.origin_steps), way)
            if known is not way:
                known.configurations.extend(way.configurations)
        return list(found.values())

    def _way(self, one: Occurrence) -> Way:
        return Way(
            label=flat(group_label(one)),
            mode=flat(one.hook.mode),
            program=place(one.hook.program),
            configurations=[flat(one.hook.configuration or "default")],
            described=flat(one.described),
            steps=self._numbers((*one.trace, *one.after)),
            origin=origin_text(one),
            origin_steps=self._numbers(one.target.steps if one.target else ()),
            tested=tested_text(one),
            defined=", ".join(defines_text(one, self._ordinary)),
            assumed=[flat(text) for text in one.assumptions],
            right=elsewhere_text(one),
        )

    def _numbers(self, steps: Iterable[Step]) -> list[int]:
        numbers = []
        for step in steps:
            self.lines.want(step.path, step.line)
            numbers.append(self.steps.number(step))
        return numbers
