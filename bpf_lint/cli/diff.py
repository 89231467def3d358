"""`bpf-lint diff`: two JSON reports."""

from __future__ import annotations

import click

from bpf_lint.cli.streams import say
from bpf_lint.files.reading import read
from bpf_lint.model.finding import Finding, Report
from bpf_lint.reporters import json_v1
from bpf_lint.triage import diff


@click.command("diff", help="Compare two JSON reports; exit code 1 if NEW has new findings.")
@click.argument("old", type=click.Path(dir_okay=False))
@click.argument("new", type=click.Path(dir_okay=False))
def command(old: str, new: str) -> int:
    """Compare two reports."""
    before, after = _read(old), _read(new)
    found = diff(before, after)
    for mark, findings in (("+", found.new), ("-", found.fixed)):
        for finding in findings:
            say(f"{mark} {_line(finding)}")
    say(f"{len(found.new)} new, {len(found.fixed)} fixed, {len(found.unchanged)} unchanged")
    left_out = [
        (path, one) for path, report in ((old, before), (new, after)) for one in skipped(report)
    ]
    for path, line in left_out:
        say(f"bpf-lint: {path}: not analysed: {line}", err=True)
    # What one of the two did not see can be neither new nor fixed.
    return 2 if left_out else int(bool(found.new))


def skipped(report: Report) -> list[str]:
    """Programs that a report could not say anything about."""
    return [f"{one.path}: {one.reason}" for one in report.summary.skipped]


def _read(path: str) -> Report:
    try:
        data = read(path)
    except OSError as error:
        raise click.ClickException(f"{path}: cannot be read: {error.strerror}") from None
    return json_v1.parse(data, path)


def _line(finding: Finding) -> str:
    modes = sorted({one.hook.mode for one in finding.occurrences if one.hook.mode})
    where = f"{finding.path}:{finding.line}: {finding.function}"
    return f"{where}: {finding.severity} [{finding.rule}]" + (
        f" ({', '.join(modes)})" if modes else ""
    )
