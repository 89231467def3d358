"""`bpf-lint check`: analyse and report."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bpf_lint.cli.options import color_option, listed, request_of, rule_options, shared
from bpf_lint.cli.outputs import format_option, one_to_standard_output, write_file
from bpf_lint.cli.progress import Line, progress
from bpf_lint.cli.streams import output, say
from bpf_lint.config.nearest import unknown
from bpf_lint.reporters import FORMATS, WITH_COMMANDS, Options, Repository, render
from bpf_lint.reporters.common import plural
from bpf_lint.reporters.footer import cause_lines

if TYPE_CHECKING:
    from bpf_lint.pipeline import Request, Run

COLUMNS = 100  # where nobody says how wide it is
FORMAT = "BPF_LINT_OUTPUT_FORMAT"

# Formats that have --statistics and --show-unknown; JSON always has what is unknown.
COUNTING = frozenset({"text", "full", "concise"})


HELP = """Analyse the BPF programs in PATH and report findings.

PATH is a folder, a C file, or a header or a folder of headers: then what is found in these is
reported, in all programs that include them.

Exit codes: 0 nothing found, 1 findings, 2 something could not be analysed, or the
profile names what the tree does not have any more (with --strict: or not judged).

The last line says what was judged: redirects whose ifindex is of unknown origin, entries
that redirect packets and are attached nowhere.
"""


@click.command("check", help=HELP)
@shared
@format_option(FORMATS, f" (text, or what {FORMAT} says)")
@rule_options
@click.option("--strict", is_flag=True, help="Exit with 2 where something was not judged.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 where there are findings.")
@click.option("--show-unknown", is_flag=True, help="List redirects whose ifindex is not known.")
@click.option("--statistics", is_flag=True, help="Count findings by rule and mode.")
@click.option("--write-baseline", default="", metavar="FILE", help="Write all findings to FILE.")
@click.option("--new-since", default="", metavar="REV", help="Report only what is new since REV.")
@click.option(
    "--what-if",
    default="",
    metavar="KIND",
    help="Report what a port of pods from veth to KIND has to change: netkit, ipvlan, macvlan, l3.",
)
@click.option("--watch", is_flag=True, help="Run again whenever a file changes.")
@color_option
def command(**options: Any) -> int:
    """Analyse and report."""
    one_to_standard_output(options["formats"])
    if options["what_if"] and options["new_since"]:
        raise click.UsageError("--what-if does not go with --new-since")
    options["formats"] = options["formats"] or (_usual_format(),)
    if not options["watch"]:
        return _once(options)
    if options["write_baseline"]:
        raise click.UsageError("--watch does not go with --write-baseline")
    from bpf_lint.cli.watch import watched

    written = [file for _, file in options["formats"] if file]
    return watched(options["paths"], written, lambda: _once(options))


def _once(options: Any) -> int:
    """One run; its exit code."""
    line = progress(options["quiet"])
    request = request_of(
        options,
        select=listed(options["select"]),
        ignore=listed(options["ignore"]),
        baseline=options["baseline"],
        no_baseline=bool(options["write_baseline"]),
        honour_ignores=not options["no_ignores"],
        writers=options["show_unknown"],
        journeys=any(name == "html" for name, _ in options["formats"]),
    )
    try:
        outcome = _run(request, options, line)
    finally:
        line.clear()
    if options["write_baseline"]:
        return _write_baseline(Path(options["write_baseline"]), outcome)
    _write_all(options["formats"], outcome, options)
    if options["verbose"]:
        say(line.times(), err=True)
    return _finish(outcome, options)


def _usual_format() -> tuple[str, str]:
    """The format of a run that names none."""
    name = os.environ.get(FORMAT, "") or "text"
    if name not in FORMATS:
        raise click.UsageError(f"{FORMAT}: {unknown('output format', name, FORMATS)}")
    return name, ""


def _run(request: Request, options: Any, line: Line) -> Run:
    if options["new_since"]:
        from bpf_lint.pipeline.compare import run_new_since

        return run_new_since(request, options["new_since"], line)
    if options["what_if"]:
        from bpf_lint.pipeline.what_if import run_what_if

        return run_what_if(request, options["what_if"], line)
    from bpf_lint.pipeline import run

    return run(request, line)


def _write_baseline(path: Path, outcome: Run) -> int:
    from bpf_lint.triage.baseline import write_baseline

    entries = write_baseline(path, outcome.all_findings, Path(outcome.tree))
    say(f"{path}: {entries} known findings", err=True)
    _tell_skipped(outcome)
    return 2 if outcome.report.summary.skipped else 0


def _write_all(formats: tuple[tuple[str, str], ...], outcome: Run, options: Any) -> None:
    """Write every format; files first, so that what cannot be written is said before a report."""
    for name, file in sorted(formats, key=lambda one: not one[1]):
        if file:
            shown = report_options(outcome, options, False, name)
            write_file(file, render(outcome.report, name, shown), Path(outcome.tree))
        else:
            shown = report_options(outcome, options, colored(options), name)
            stream = output()
            stream.use_utf8()
            stream.write_own(
                render(outcome.report, name, shown),
                styles=shown.color or shown.hyperlinks,
                commands=name in WITH_COMMANDS,
            )


def report_options(outcome: Run, options: Any, color: bool, form: str) -> Options:
    """What reporters get besides the report."""
    from bpf_lint.config.catalogue import shipped_rules
    from bpf_lint.pipeline.source import Source

    return Options(
        rules=outcome.rules,
        read_source=Source(outcome.root, outcome.tree).text,
        color=color,
        hyperlinks=color and _hyperlinks(),
        width=shutil.get_terminal_size((COLUMNS, 24)).columns,
        root=outcome.root,
        folder=os.path.realpath(os.getcwd()),
        paths=tuple(options["paths"]) or (".",),
        statistics=options["statistics"],
        show_unknown=options["show_unknown"],
        new_since=options["new_since"],
        repository=_repository(outcome) if form == "sarif" else None,
        shipped=shipped_rules(),
    )


def _repository(outcome: Run) -> Repository | None:
    from bpf_lint.triage.revision import provenance

    found = provenance(Path(outcome.root))
    return Repository(*found) if found else None


def colored(options: Any) -> bool:
    """True where the user, or the terminal, wants colours."""
    if options["color"] != "auto":
        return bool(options["color"] == "always")
    if os.environ.get("NO_COLOR"):
        return False
    if forced := os.environ.get("FORCE_COLOR"):
        return forced != "0"
    return sys.stdout.isatty() and _terminal() != "dumb"


def _terminal() -> str:
    return os.environ.get("TERM", "")


def _hyperlinks() -> bool:
    """True in terminals that are known to have them."""
    known = os.environ.get("TERM_PROGRAM", "") in ("iTerm.app", "WezTerm", "vscode", "ghostty")
    newer = os.environ.get("VTE_VERSION", "0").isdigit() and int(os.environ.get("VTE_VERSION", "0"))
    return sys.stdout.isatty() and (known or int(newer) >= 5000 or _terminal() == "xterm-kitty")


def _finish(outcome: Run, options: Any) -> int:
    """Say what needs attention on standard error, and choose the exit code."""
    for problem in (*outcome.notes, *outcome.problems):
        say(f"bpf-lint: warning: {problem}", err=True)
    if options["verbose"]:
        say(f"bpf-lint: {_hidden(outcome)}", err=True)
    shown = {name for name, _ in options["formats"]}
    if options["statistics"] and not shown & COUNTING:
        say(f"bpf-lint: --statistics shows in {', '.join(sorted(COUNTING))}", err=True)
    if options["show_unknown"] and not shown & {*COUNTING, "json"}:
        say(f"bpf-lint: --show-unknown shows in {', '.join(sorted(COUNTING))}, json", err=True)
    if outcome.report.summary.skipped:
        if all(name != "text" or file for name, file in options["formats"]):
            _tell_skipped(outcome)
        return 2
    summary = outcome.report.summary
    if summary.judged.outgrown or (options["strict"] and summary.open_questions):
        return 2
    return 1 if outcome.report.findings and not options["exit_zero"] else 0


def _hidden(outcome: Run) -> str:
    """How many findings are not reported, and why."""
    summary = outcome.report.summary
    ignored = outcome.suppressed - summary.known - summary.suppressed
    parts = [
        *([f"{summary.known} in the baseline"] if summary.known else []),
        *([f"{summary.suppressed} by comments in the source"] if summary.suppressed else []),
        *([f"{ignored} of rules that are not wanted there"] if ignored else []),
    ]
    if not parts:
        return "no finding is left out of the report"
    return f"{plural(outcome.suppressed, 'finding')} not reported: {', '.join(parts)}"


def _tell_skipped(outcome: Run) -> None:
    summary = outcome.report.summary
    if not summary.skipped:
        return
    say(
        f"bpf-lint: analysed {summary.analysed} of {summary.programs} programs; not analysed:",
        err=True,
    )
    for line in cause_lines(summary):
        say(f"  {line}", err=True)
