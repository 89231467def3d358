"""What the GitHub action does: inputs in, reports and exit code out.

Inputs come as environment variables. `PATHS` and `ARGUMENTS` are split as a shell splits words
(blanks, line ends, quotes, backslashes), and nothing in them is run or expanded.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import subprocess
import sys
from pathlib import Path

TROUBLE = 2


class InputError(Exception):
    """An input that cannot be used."""


def words(name: str) -> list[str]:
    """The words of an input.

    Raises:
        InputError: A quote is not closed.
    """
    try:
        return shlex.split(os.environ.get(name, ""))
    except ValueError as error:
        raise InputError(f"{name.lower()}: {error}") from None


def command(program: str, work: Path) -> list[str]:
    """The run, from the inputs; reports that nobody asked to keep go to the runner's folder."""
    sarif = os.environ.get("SARIF") or str(work / "bpf-lint.sarif")
    options = [*words("ARGUMENTS"), f"--cache-dir={work / 'cache'}", "--output-format=github"]
    uploaded = str(work / "upload.sarif")
    options += [f"--output-format=sarif={sarif}", f"--output-format=sarif={uploaded}"]
    options += [f"--output-format=markdown={work / 'summary.md'}"]
    for name, option in (
        ("MARKDOWN", "--output-format=markdown="),
        ("NEW_SINCE", "--new-since="),
        ("BASELINE", "--baseline="),
    ):
        if value := os.environ.get(name):
            options.append(f"{option}{value}")
    paths = words("PATHS")
    if not paths:
        raise InputError("paths: names nothing to analyse")
    set_output("sarif", sarif)
    set_output("upload", uploaded)
    return [program, "check", *options, "--", *paths]


def set_output(name: str, value: str) -> None:
    """An output variable of the step, whatever is in its value."""
    mark = secrets.token_hex(16)
    with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as stream:
        stream.write(f"{name}<<{mark}\n{value}\n{mark}\n")


def drop_suppressed(file: Path) -> None:
    """Take what somebody has suppressed out of a report: code scanning would open alerts for it."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    for run in document["runs"]:
        run["results"] = [one for one in run["results"] if not one.get("suppressions")]
    file.write_text(json.dumps(document), encoding="utf-8")


def summarize(work: Path) -> None:
    """Show the Markdown report on the page of the run."""
    report, page = work / "summary.md", os.environ.get("GITHUB_STEP_SUMMARY")
    if page and report.is_file():
        with open(page, "a", encoding="utf-8") as stream:
            stream.write(report.read_text(encoding="utf-8") + "\n")


def complain(message: str) -> None:
    """An error of the step; what a workflow command would take for its own signs is escaped."""
    for sign in "%\r\n":
        message = message.replace(sign, f"%{ord(sign):02X}")
    print(f"::error title=bpf-lint::{message}", flush=True)


def main(program: str, folder: str) -> int:
    """Run bpf-lint; its exit code is an output, and the next step decides what it means.

    Args:
        program: The `bpf-lint` to run.
        folder: Folder outside of the checkout for the cache and for reports.
    """
    work = Path(folder)
    work.mkdir(parents=True, exist_ok=True)
    for stale in ("summary.md", "upload.sarif"):
        (work / stale).unlink(missing_ok=True)
    try:
        code = subprocess.run(command(program, work), check=False).returncode
    except InputError as wrong:
        complain(str(wrong))
        code = TROUBLE
    drop_suppressed(work / "upload.sarif")
    summarize(work)
    set_output("exit-code", str(code))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
