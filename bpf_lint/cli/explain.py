"""`bpf-lint explain`: a rule's page, or a finding in full."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from bpf_lint.cli import completion
from bpf_lint.cli.catalogue import catalogue_here
from bpf_lint.cli.completion import completes
from bpf_lint.cli.options import color_option, request_of, run_options
from bpf_lint.cli.progress import progress
from bpf_lint.cli.streams import output, tell
from bpf_lint.config.nearest import unknown

if TYPE_CHECKING:
    from bpf_lint.model.finding import Finding
    from bpf_lint.pipeline import Run

FINGERPRINT = re.compile(r"[0-9a-f]{6,32}")

HELP = """Print a rule: why, a bad and a good example, limits.

With the beginning of a finding's fingerprint (6 digits or more): that finding in full, with
every step of the way and its source. PATH is what was analysed, the current folder without one.
"""


@click.command("explain", help=HELP)
@click.argument("what", metavar="RULE|FINGERPRINT", shell_complete=completes(completion.rules))
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=completion.files)
@run_options
@color_option
def command(what: str, **options: Any) -> None:
    """Print a rule's page, or a finding."""
    catalogue = catalogue_here(options["config"])
    known = {one.id: one for one in catalogue.rules}
    if what in known:
        from bpf_lint.rules.rulepage import render

        page = render(known[what], catalogue.kernel)
        tell(re.sub(r"\n*<!--.*?-->\s*$", "\n", page, flags=re.DOTALL))
    elif FINGERPRINT.fullmatch(what):
        _explain(what, options)
    else:
        raise click.ClickException(unknown("rule", what, known))


def _explain(fingerprint: str, options: dict[str, Any]) -> None:
    """Print the findings with a fingerprint that begins so."""
    from bpf_lint.cli.check import colored, report_options
    from bpf_lint.reporters.full import explained

    line = progress(options["quiet"])
    try:
        outcome, found = _found(fingerprint, options, line)
    finally:
        line.clear()
    if not found:
        raise click.ClickException(
            f"no finding has a fingerprint that begins with {fingerprint}; "
            "--output-format full and json tell them"
        )
    asked = {"statistics": False, "show_unknown": False, "new_since": "", **options}
    shown = report_options(outcome, asked, colored(options), "full")
    text = explained(outcome.report, found, shown)
    output().write_own(text, styles=shown.color or shown.hyperlinks)


def _found(fingerprint: str, options: dict[str, Any], line: Any) -> tuple[Run, list[Finding]]:
    """A run, and its findings with that fingerprint: of the rules as configured, then of all."""
    from bpf_lint.pipeline import run

    given = {**options, "paths": options["paths"] or (".",)}
    for select in ((), ("*",)):
        outcome = run(
            request_of(given, select=select, no_baseline=True, honour_ignores=False), line
        )
        found = [one for one in outcome.report.findings if one.fingerprint.startswith(fingerprint)]
        if found:
            break
    return outcome, found
