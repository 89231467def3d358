"""One line a finding, for editors and `grep`."""

from __future__ import annotations

from bpf_lint.model.finding import Finding, Report
from bpf_lint.reporters.common import (
    fact,
    flat,
    judged_line,
    modes_of,
    ordered,
    place,
    verdict_lines,
)
from bpf_lint.reporters.options import Options


def render(report: Report, options: Options) -> str:
    """A line a finding and each program that was not analysed, then what was judged."""
    lines = [finding_line(finding, options) for finding in ordered(report.findings)]
    if options.show_unknown:
        lines += [finding_line(finding, options) for finding in ordered(report.unknown)]
    lines += [f"{line} [not analysed]" for line in verdict_lines(report.summary)]
    return "".join(f"{line}\n" for line in [*lines, judged_line(report.summary)])


def finding_line(finding: Finding, options: Options) -> str:
    """`path:line:column: severity: fact [rule] (modes)`."""
    modes = flat(", ".join(modes_of([finding])))
    where = place(finding.path, finding.line, finding.column)
    tail = f" ({modes})" if modes else ""
    return f"{where}: {finding.severity}: {fact(finding, options)} [{flat(finding.rule)}]{tail}"
