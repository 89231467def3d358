"""One line a finding, for editors and `grep`."""

from __future__ import annotations

import shlex

from bpf_lint.model.finding import Finding, Report
from bpf_lint.reporters.common import (
    NOTHING_UNKNOWN,
    fact,
    flat,
    hidden_text,
    judged_line,
    modes_of,
    ordered,
    place,
    plural,
    verdict_lines,
)
from bpf_lint.reporters.options import Options
from bpf_lint.reporters.statistics import table

DIGITS = 8  # of a fingerprint; `explain` takes its beginning


def render(report: Report, options: Options) -> str:
    """A line a finding and each program that was not analysed, then what was judged."""
    lines = [finding_line(finding, options) for finding in ordered(report.findings)]
    if options.show_unknown:
        lines += [finding_line(finding, options) for finding in ordered(report.unknown)]
    lines += _hint(report, options)
    lines += [f"{line} [not analysed]" for line in verdict_lines(report.summary)]
    if options.statistics:
        lines += table(report.findings)
    if options.show_unknown and not report.unknown:
        lines.append(NOTHING_UNKNOWN)
    hidden = hidden_text(report.summary)
    found = f"{plural(len(report.findings), 'finding')}{hidden}; " if hidden else ""
    return "".join(f"{line}\n" for line in [*lines, found + judged_line(report.summary)])


def _hint(report: Report, options: Options) -> list[str]:
    """How to see more of the first finding; nothing where there is none."""
    if not report.findings:
        return []
    digest = ordered(report.findings)[0].fingerprint[:DIGITS]
    paths = " ".join(shlex.quote(flat(path)) for path in options.paths)
    return [f"hint: `bpf-lint explain {f'{digest} {paths}'.strip()}` says why, and what to do"]


def finding_line(finding: Finding, options: Options) -> str:
    """`path:line:column: severity: fact [rule] (modes)`."""
    modes = flat(", ".join(modes_of([finding])))
    where = place(finding.path, finding.line, finding.column)
    tail = f" ({modes})" if modes else ""
    return f"{where}: {finding.severity}: {fact(finding, options)} [{flat(finding.rule)}]{tail}"
