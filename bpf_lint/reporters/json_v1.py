"""JSON reports, version 1: types, conversion from and to `Report`, and the schema."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from bpf_lint.model.context import HookContext
from bpf_lint.model.errors import ConfigError
from bpf_lint.model.finding import (
    Argument,
    Cause,
    Earlier,
    Finding,
    Occurrence,
    Report,
    Skipped,
    Step,
    Summary,
    Target,
    Tested,
    UnitRecord,
)
from bpf_lint.model.proposal import Proposal
from bpf_lint.model.schema import schema_of
from bpf_lint.reporters.common import judged_line, ordered
from bpf_lint.reporters.jsontext import json_text
from bpf_lint.reporters.options import Options


class JsonTool(msgspec.Struct, frozen=True):
    """What made the report."""

    name: str
    version: str


class JsonStep(msgspec.Struct, frozen=True):
    """A step of a path; lines and columns start at 1."""

    kind: str
    path: str
    line: int
    column: int
    text: str


class JsonTarget(msgspec.Struct, frozen=True):
    """The namespace and the origin of the ifindex; `kept` is the shared map it was read from."""

    netns: str
    origin: str
    path: str
    line: int
    steps: tuple[JsonStep, ...] = ()
    symbol: str = ""
    device: str = ""
    kept: str = ""


class JsonContext(msgspec.Struct, frozen=True):
    """A finding in one mode, program, entry, hook and configuration.

    `earlier` is what another rule knows about the call that makes this one void, and `after` are
    the steps behind the last one of `trace` that show it. `elsewhere` is where a program that runs
    in the number's namespace redirects to its device; its kind is "guarded" where a test, which
    `text` names, keeps such a redirect of the same entry from this mode, else "right".
    """

    mode: str
    program: str
    entry: str
    hook: str
    device: str
    skb_netns: str
    target: JsonTarget | None
    configuration: str
    defines: dict[str, str]
    trace: tuple[JsonStep, ...]
    assumptions: tuple[str, ...] = ()
    device_kind: str = ""
    peer_netns: str = ""
    at_ingress: bool = False
    l2_header: bool = True
    ingress_ifindex_zero: bool = False
    program_type: str = "tc"
    metadata_dst: bool = False
    tested: tuple[Tested, ...] = ()
    described: str = ""
    earlier: Earlier | None = None
    after: tuple[JsonStep, ...] = ()
    elsewhere: JsonStep | None = None


class JsonFinding(msgspec.Struct, frozen=True):
    """What one rule says about one call site.

    `fact` says it in half a line, `argument` is what is wrong in the call, and findings with one
    `cause` are one mistake.
    """

    rule: str
    severity: Literal["error", "warning", "note"]
    confidence: str
    path: str
    line: int
    column: int
    function: str
    message: str
    suggestion: str
    fingerprint: str
    contexts: tuple[JsonContext, ...]
    statement: str = ""
    spelling: str = ""
    fact: str = ""
    argument: Argument | None = None
    cause: str = ""


class JsonJudged(msgspec.Struct, frozen=True):
    """Calls of redirect helpers: all, those of unknown origin, those that nothing attached makes.

    `entries` are attached nowhere, and no tail call leads to `uncalled` ("program:function");
    `outdated` is what the profile names and the tree does not have any more ("symbol NAME");
    `line` says all of it in words.
    """

    redirects: int = 0
    unknown: int = 0
    unattached: int = 0
    entries: tuple[str, ...] = ()
    uncalled: tuple[str, ...] = ()
    outdated: tuple[str, ...] = ()
    line: str = ""


class JsonSummary(msgspec.Struct, frozen=True):
    """Counts, what was not analysed, and what was parsed."""

    programs: int
    analysed: int
    configurations: int
    findings: int
    unresolved_tail_calls: int
    skipped: tuple[Skipped, ...] = ()
    units: tuple[UnitRecord, ...] = ()
    profile: str = ""
    flags_from: str = ""
    notes: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    judged: JsonJudged = JsonJudged()
    what_if: str = ""
    known: int = 0
    suppressed: int = 0


class JsonReport(msgspec.Struct, frozen=True):
    """A whole report; paths are relative to the root of the repository."""

    version: Literal[1]
    tool: JsonTool
    summary: JsonSummary
    findings: tuple[JsonFinding, ...]
    unknown: tuple[JsonFinding, ...] = ()
    proposals: tuple[Proposal, ...] = ()


class ReportError(ConfigError):
    """A JSON report that cannot be read, with the reason."""


def render(report: Report, options: Options) -> str:
    """The report as JSON, keys in the order of the types, findings by place."""
    document = JsonReport(
        version=1,
        tool=JsonTool("bpf-lint", options.version),
        summary=_from_summary(report.summary),
        findings=tuple(_from_finding(finding) for finding in ordered(report.findings)),
        unknown=tuple(_from_finding(finding) for finding in ordered(report.unknown)),
        proposals=report.proposals,
    )
    return json_text(document)


def parse(data: bytes | str, name: str = "report") -> Report:
    """The report that `render` wrote.

    Raises:
        ReportError: Not JSON, or not a report of version 1; the message names the key.
    """
    try:
        document = msgspec.json.decode(data, type=JsonReport)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ReportError(f"not a bpf-lint JSON report of version 1: {error}", name) from error
    return Report(
        summary=msgspec.convert(document.summary, Summary, from_attributes=True),
        findings=tuple(_to_finding(finding) for finding in document.findings),
        unknown=tuple(_to_finding(finding) for finding in document.unknown),
        proposals=document.proposals,
    )


def schema() -> dict[str, Any]:
    """JSON Schema of the report."""
    document = schema_of(JsonReport)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "bpf-lint report, version 1",
        **document,
    }


def _from_summary(summary: Summary) -> JsonSummary:
    """The counts in the shape of the contract."""
    shape = msgspec.convert(summary, JsonSummary, from_attributes=True)
    judged = msgspec.structs.replace(shape.judged, line=judged_line(summary))
    return msgspec.structs.replace(shape, judged=judged)


def _from_finding(finding: Finding) -> JsonFinding:
    """A finding in the shape of the contract."""
    return JsonFinding(
        rule=finding.rule,
        severity=finding.severity,  # type: ignore[arg-type]
        confidence=finding.confidence,
        path=finding.path,
        line=finding.line,
        column=finding.column,
        function=finding.function,
        message=finding.message,
        suggestion=finding.suggestion,
        fingerprint=finding.fingerprint,
        contexts=tuple(_from_occurrence(item) for item in finding.occurrences),
        statement=finding.statement,
        spelling=finding.spelling,
        fact=finding.fact,
        argument=finding.argument,
        cause=finding.cause,
    )


def _from_occurrence(item: Occurrence) -> JsonContext:
    """A context in the shape of the contract: the hook's members are its own."""
    hook = msgspec.structs.asdict(item.hook)
    del hook["device_netns"]  # one of the two others
    target = item.target
    return JsonContext(
        **hook,
        target=None if target is None else _from_target(target),
        defines=item.defines,
        trace=_whole_trace(item),
        assumptions=item.assumptions,
        tested=item.tested,
        described=item.described,
        earlier=item.earlier,
        after=tuple(_from_step(step) for step in item.after),
        elsewhere=_from_step(item.elsewhere) if item.elsewhere else None,
    )


def _whole_trace(item: Occurrence) -> tuple[JsonStep, ...]:
    """The path; before its last step, how the number got there (also in `target.steps`)."""
    path = tuple(_from_step(step) for step in item.trace)
    travelled = item.target.steps if item.target else ()
    return (*path[:-1], *(_from_step(step) for step in travelled), *path[-1:])


def _from_target(target: Target) -> JsonTarget:
    steps = tuple(_from_step(step) for step in target.steps)
    members = msgspec.structs.asdict(target)
    return JsonTarget(**{**members, "steps": steps})


def _from_step(step: Step) -> JsonStep:
    return JsonStep(step.kind, step.path, step.line, step.column, step.text)


def _to_finding(finding: JsonFinding) -> Finding:
    """The finding of the model, as it was."""
    members = msgspec.structs.asdict(finding)
    contexts = members.pop("contexts")
    return Finding(**members, occurrences=tuple(_to_occurrence(item) for item in contexts))


def _to_occurrence(item: JsonContext) -> Occurrence:
    """The context of the model, as it was."""
    target = item.target
    return Occurrence(
        hook=msgspec.convert(item, HookContext, from_attributes=True),
        target=None if target is None else _to_target(target),
        defines=item.defines,
        trace=tuple(_to_step(step) for step in _path(item)),
        assumptions=item.assumptions,
        tested=item.tested,
        described=item.described,
        earlier=item.earlier,
        after=tuple(_to_step(step) for step in item.after),
        elsewhere=_to_step(item.elsewhere) if item.elsewhere else None,
    )


def _path(item: JsonContext) -> tuple[JsonStep, ...]:
    """The trace without the steps of the target."""
    travelled = len(item.target.steps) if item.target else 0
    return (*item.trace[: -1 - travelled], *item.trace[-1:])


def _to_target(target: JsonTarget) -> Target:
    steps = tuple(_to_step(step) for step in target.steps)
    members = msgspec.structs.asdict(target)
    return Target(**{**members, "steps": steps})


def _to_step(step: JsonStep) -> Step:
    return Step(step.kind, step.path, step.line, step.column, step.text)
