"""First contact: how many programs of trees are analysed without any configuration, and why not.

    python benchmarks/contact.py CLONE...

Each tree is analysed as a newcomer would: `bpf-lint .` in its folder, nothing configured, nothing
cached, and with the headers of this machine left out (`--system-headers` takes them in). The table
is in Markdown; below it are the causes, with the programs that each of them keeps from being read.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import measure

PLACE = re.compile(r"^\S+?:\d+(?::\d+)?: ")


@dataclass(frozen=True)
class Contact:
    """What one tree's first run says.

    Args:
        parts: Programs that were read in part.
        causes: Programs that were not read whole, by cause.
        error: Why there is no report, "" where there is one.
    """

    tree: str
    seconds: float
    programs: int = 0
    analysed: int = 0
    parts: int = 0
    findings: int = 0
    causes: Counter[str] | None = None
    error: str = ""


def contact(folder: Path, options: Sequence[str]) -> Contact:
    """Run bpf-lint in a tree that it has not seen."""
    fixed = ["--no-cache", "--quiet", "--output-format", "json", *options]
    done = measure([sys.executable, "-m", "bpf_lint", "check", *fixed, "."], folder)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip() or "no output").splitlines()[-1]
        return Contact(folder.name, done.seconds, error=last)
    summary = report["summary"]
    skipped = {one["path"]: one["reason"] for one in reversed(summary["skipped"])}
    parts = {one["path"] for one in summary["skipped"] if one.get("part")}
    return Contact(
        tree=folder.name,
        seconds=done.seconds,
        programs=summary["programs"],
        analysed=summary["analysed"],
        parts=len(parts),
        findings=len(report["findings"]),
        causes=Counter(cause(one) for one in skipped.values()),
    )


def cause(reason: str) -> str:
    """A reason without the place, so that programs with the same one count together."""
    return PLACE.sub("", reason).partition(": name its folder")[0].partition(" (and ")[0]


def table(contacts: Sequence[Contact]) -> Iterator[str]:
    """The lines of the table."""
    yield "| tree | programs | analysed | in part | not | findings | seconds |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for one in contacts:
        if one.error:
            yield f"| {one.tree} | {one.error} | | | | | {one.seconds:.1f} |"
        else:
            rest = one.programs - one.analysed - one.parts
            yield (
                f"| {one.tree} | {one.programs} | {one.analysed} | {one.parts} | {rest} "
                f"| {one.findings} | {one.seconds:.1f} |"
            )
    programs = sum(one.programs for one in contacts)
    analysed = sum(one.analysed for one in contacts)
    parts = sum(one.parts for one in contacts)
    share = 100 * analysed / max(programs, 1)
    yield (
        f"| **all** | {programs} | {analysed} ({share:.0f} %) | {parts} "
        f"| {programs - analysed - parts} | {sum(one.findings for one in contacts)} "
        f"| {sum(one.seconds for one in contacts):.1f} |"
    )


def causes(contacts: Sequence[Contact]) -> Iterator[str]:
    """The causes of each tree, the most frequent first."""
    for one in contacts:
        for text, count in (one.causes or Counter()).most_common():
            yield f"{one.tree}: {count} x {text}"


def main() -> int:
    """Print the table of the trees that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trees", nargs="+", type=Path, metavar="CLONE")
    parser.add_argument("--system-headers", action="store_true", help="use this machine's headers")
    parser.add_argument("--jobs", default="", help="processes")
    arguments = parser.parse_args()
    options = [] if arguments.system_headers else ["--no-system-headers"]
    options += ["--jobs", arguments.jobs] if arguments.jobs else []
    contacts = [contact(tree, options) for tree in arguments.trees if tree.is_dir()]
    print("\n".join(table(contacts)))
    print()
    print("\n".join(causes(contacts)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
