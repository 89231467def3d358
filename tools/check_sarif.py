"""Check a SARIF report with Microsoft's validator, all of its rules, down to notes.

The validator comes from npm (@microsoft/sarif-multitool), into .venv/sarif. Without npm, or where
it cannot get the package, this says so and checks nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / ".venv" / "sarif"
PACKAGE = "@microsoft/sarif-multitool@5.7.0"
ORIGIN = "https://git.example.org/datapath.git"
# What is not meant for us, and why.
ACCEPTED = {
    "SARIF2009": "wants ids such as CS2001; ours are words, as in comments and configurations",
    "SARIF2006": "asks the network whether the schema's address answers",
}


class SkippedError(Exception):
    """Why nothing can be checked here."""


def validator() -> list[str]:
    """The validator's command.

    Raises:
        SkippedError: It cannot be had on this machine.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise SkippedError("there is no npm")
    program = PLACE / "node_modules" / ".bin" / "sarif-multitool"
    if not program.exists():
        command = [npm, "install", "--silent", "--no-fund", "--prefix", str(PLACE), PACKAGE]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode or not program.exists():
            raise SkippedError(f"npm cannot install {PACKAGE}: {done.stderr.strip()[-200:]}")
    native = PLACE / "node_modules" / "@microsoft" / "sarif-multitool-linux" / "Sarif.Multitool"
    return [str(native if sys.platform == "linux" and native.exists() else program)]


def reports(folder: Path) -> list[Path]:
    """Reports of the example: with findings, and with all of them suppressed."""
    tree = folder / "tree"
    shutil.copytree(ROOT / "examples" / "minidp" / "bpf", tree / "bpf")
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for git in (["init", "-q"], ["remote", "add", "origin", ORIGIN], ["add", "-A"],
                [*identity, "commit", "-q", "-m", "x"]):  # fmt: skip
        subprocess.run(["git", *git], cwd=tree, check=True)
    lint = [sys.executable, "-m", "bpf_lint", "--no-cache", "-q", "bpf"]
    for more in (["--output-format=sarif=../found.sarif"], ["--write-baseline=../known.json"],
                 ["--baseline=../known.json", "--output-format=sarif=../known.sarif"]):  # fmt: skip
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run([*lint, *more], cwd=tree, env=environment, stdout=subprocess.DEVNULL)
    return [folder / "found.sarif", folder / "known.sarif"]


def complaints(command: list[str], report: Path) -> list[str]:
    """What the validator says of a report, without what is accepted."""
    answer = report.with_suffix(".answer")
    options = ["--level", "Error;Warning;Note", "--kind", "Fail", "--rule-kind", "Sarif;Ghas"]
    done = subprocess.run(
        [*command, "validate", str(report), *options, "--output", str(answer), "--quiet"],
        capture_output=True,
        text=True,
    )
    if not answer.exists():
        return [f"the validator ended with {done.returncode}: {done.stdout}{done.stderr}"]
    (run,) = json.loads(answer.read_text(encoding="utf-8-sig"))["runs"]
    found = run.get("results", [])
    rules = Counter((one["ruleId"], one.get("level", "warning")) for one in found)
    return [
        f"{rule} ({level}): {count} times, first: {_first(found, rule)}"
        for (rule, level), count in sorted(rules.items())
        if rule.split("/")[0] not in ACCEPTED
    ]


def _first(results: list[dict[str, object]], rule: str) -> str:
    result = next(one for one in results if one["ruleId"] == rule)
    return json.dumps(result["message"])[:400]


def main() -> int:
    """Check; 1 where the validator complains."""
    try:
        command = validator()
    except SkippedError as reason:
        print(f"SARIF: NOT CHECKED: {reason}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        found = {one.name: complaints(command, one) for one in reports(Path(folder))}
    for name, texts in found.items():
        for text in texts:
            print(f"{name}: {text}", file=sys.stderr)
    if any(found.values()):
        return 1
    print(f"SARIF: {PACKAGE} has nothing to say about {' and '.join(found)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
