"""What a run costs after an edit, beside a run that knows nothing.

The tree is copied into a git repository of its own and edited there: a comment in a header, a
statement in it, one program. Options that are not listed go to bpf-lint.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from measure import Measured, measure

_STATEMENT = re.compile(r"^\treturn ", re.M)
_GIT = ("git", "-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost")


class Step(NamedTuple):
    """One run, and what it was after."""

    what: str
    run: Measured


class Bench:
    """A copy of a tree, and a cache.

    Args:
        folder: What is analysed, in `place`.
        check: True to hold each result against that of a run without a cache.
    """

    def __init__(self, folder: Path, place: Path, options: Sequence[str], check: bool) -> None:
        self.folder, self.place, self.check = folder, place, check
        self.command: list[str | Path] = [sys.executable, "-m", "bpf_lint", "check", folder]
        self.command += ["--quiet", "--output-format", "json", *options]

    def steps(self, header: Path, program: Path) -> Iterator[Step]:
        """All runs, in order."""
        self.git("init", "-q")
        self.git("add", ".")
        self.git("commit", "-qm", "before")
        yield Step("cold, no cache", self.run("--no-cache"))
        yield Step("cold, cache written", self.cached())
        yield Step("unchanged", self.cached())
        header.write_text("/* A comment\n * of two lines. */\n\n" + header.read_text())
        yield Step("comment in the header", self.cached())
        header.write_text(_STATEMENT.sub("\t;\n\treturn ", header.read_text(), count=1))
        yield Step("statement in the header", self.cached())
        self.git("commit", "-qam", "header")
        program.write_text(_STATEMENT.sub("\t;\n\treturn ", program.read_text(), count=1))
        yield Step("statement in the program", self.cached())
        since = ("--new-since", "HEAD~1")
        yield Step("--new-since, no cache", self.run("--no-cache", *since))
        yield Step("--new-since", self.cached(*since))

    def cached(self, *options: str) -> Measured:
        """A run with the cache."""
        done = self.run(f"--cache-dir={self.place / 'cache'}", *options)
        if self.check and done.stdout != self.run("--no-cache", *options).stdout:
            sys.exit("the cache changed the result")
        return done

    def run(self, *options: str) -> Measured:
        """A run that has to come to an end."""
        done = measure([*self.command, *options], self.folder.parent)
        if done.code not in (0, 1):
            sys.exit(done.stderr)
        return done

    def git(self, *arguments: str) -> None:
        """Run git in the copy."""
        subprocess.run([*_GIT, *arguments], cwd=self.folder, check=True)


def main() -> int:
    """Measure, and print one row for each run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--header", required=True, help="below the tree; many programs include it")
    parser.add_argument("--program", required=True, help="below the tree")
    parser.add_argument("--check", action="store_true", help="hold results against cold runs")
    options, others = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "tree" / options.tree.resolve().name
        shutil.copytree(options.tree, folder, symlinks=True)
        bench = Bench(folder, Path(place), others, options.check)
        report(bench.steps(folder / options.header, folder / options.program))
    return 0


def report(steps: Iterator[Step]) -> None:
    """Print the runs beside the first."""
    print(f"{'':26} {'wall s':>8} {'CPU s':>8} {'of cold':>8} {'MB':>6}")
    cold = None
    for what, run in steps:
        cold = cold or run.processor
        share, size = run.processor / cold, run.largest / 1e6
        print(
            f"{what:26} {run.seconds:8.2f} {run.processor:8.2f} {share:8.0%} {size:6.0f}",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
