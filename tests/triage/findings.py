"""Findings for the tests of triage."""

from bpf_lint.model.context import HookContext
from bpf_lint.model.finding import Finding, Occurrence, Report, Summary
from bpf_lint.triage import fingerprint

SUMMARY = Summary(programs=1, analysed=1, configurations=1, findings=0, unresolved_tail_calls=0)


def occurrence(mode: str = "ipvlan") -> Occurrence:
    hook = HookContext(mode, "default", "a.c", "main", "tc-egress", "eth0", "ipvlan", "pod")
    return Occurrence(hook, None, {}, ())


def finding(
    line: int = 3,
    rule: str = "cross-netns-redirect",
    path: str = "lib/a.h",
    statement: str = "return redirect(i);",
    spelling: str = "",
    modes: tuple[str, ...] = ("ipvlan",),
    function: str = "f",
) -> Finding:
    return Finding(
        rule=rule,
        severity="error",
        confidence="high",
        path=path,
        line=line,
        column=9,
        function=function,
        message="m",
        suggestion="s",
        statement=statement,
        fingerprint=fingerprint(rule, path, function, statement, modes),
        occurrences=tuple(occurrence(mode) for mode in modes),
        spelling=spelling,
    )


def report(*findings: Finding) -> Report:
    return Report(SUMMARY, findings)
