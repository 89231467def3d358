"""`bpf-lint test-rules`: programs whose comments say what must be reported, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bpf_lint.cli.options import processors
from bpf_lint.cli.streams import say
from bpf_lint.config.user import FILE
from bpf_lint.model.errors import InputError
from bpf_lint.reporters.common import plural

if TYPE_CHECKING:
    from bpf_lint.pipeline import Run
    from bpf_lint.triage.expectations import Expectations

HELP = f"""Test rules on small programs.

PATH is a folder with a {FILE}, or with such folders in it. A comment says what must be
reported on its line: /* want: RULE[MODE] "a part of the message" */. A missing and an
unexpected finding both fail.

Exit codes: 0 all as expected, 1 differences, 2 something could not be analysed.
"""


@click.command("test-rules", help=HELP)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
def command(paths: tuple[str, ...]) -> int:
    """Compare the findings of each folder with what its comments say."""
    codes = [_tried(folder) for path in paths for folder in _folders(Path(path))]
    say(f"{plural(len(codes), 'folder')}, {sum(map(bool, codes))} with differences")
    return max(codes)


def _folders(path: Path) -> list[Path]:
    """The folder itself, or those in it that have a configuration."""
    if (path / FILE).is_file():
        return [path]
    found = sorted(one.parent for one in path.glob(f"*/{FILE}"))
    if not found:
        raise InputError(f"has no {FILE}, and no folder in it has one", str(path))
    return found


def _tried(folder: Path) -> int:
    """Run one folder and say what is not as expected; 0, 1 or 2 as the command's exit code."""
    from bpf_lint.pipeline import Request, run
    from bpf_lint.triage.expectations import read_expectations

    expected = read_expectations(folder)
    outcome = run(Request(paths=(str(folder),), jobs=processors()))
    skipped = outcome.report.summary.skipped
    problems = [f"not analysed: {one.path}: {one.reason}" for one in skipped]
    problems += _problems(folder, expected, outcome)
    say(f"{'FAIL' if problems else 'ok  '}  {folder}: {plural(len(expected.wants), 'expectation')}")
    for problem in problems:
        say(f"      {problem}")
    return 2 if skipped else int(bool(problems))


def _problems(folder: Path, expected: Expectations, outcome: Run) -> Iterator[str]:
    from bpf_lint.config.catalogue import shipped_rules
    from bpf_lint.triage.expectations import differences

    yield from differences(expected.wants, outcome.report.findings)
    wanted = {want.rule for want in expected.wants}
    for rule in sorted(outcome.rules.keys() - shipped_rules() - wanted):
        yield f"nothing is expected of {rule}: a rule that reports nothing would pass"
    if not wanted:
        yield "nothing is expected here at all"
