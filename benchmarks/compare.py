"""Compare bpf-lint with `clang -fsyntax-only` over the same programs with the same flags.

usage: compare.py [--clang PROGRAM] [--repeat N] [--json FILE] TREE [OPTION OF BPF-LINT...]

bpf-lint is run cold without its cache, cold with an empty cache that it fills, and warm. Its
report says which programs it parsed with which flags; clang is then run over exactly these, one
process each. The last table shows how time grows with the number of configurations.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from measure import Measured, measure

from bpf_lint.sources.supplied import SUPPLIED

MEGABYTE = 1_000_000


def lint(tree: Path, options: Sequence[str]) -> Measured:
    """One run of bpf-lint with a JSON report."""
    command = [sys.executable, "-m", "bpf_lint", "--quiet", "--output-format", "json", *options]
    done = measure([*command, str(tree)], Path.cwd())
    if done.code not in (0, 1, 2) or not done.stdout.startswith("{"):
        sys.exit(f"bpf-lint ended with exit code {done.code}:\n{done.stderr}")
    return done


def report_root(tree: Path) -> Path:
    """The folder that the report's paths are relative to."""
    command = ["git", "-C", str(tree), "rev-parse", "--show-toplevel"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return Path(done.stdout.strip()) if done.returncode == 0 else Path.cwd()


def median(runs: Sequence[Measured]) -> Measured:
    """The run with the median time (the later one of an even number)."""
    middle = statistics.median_high(run.seconds for run in runs)
    return next(run for run in runs if run.seconds == middle)


def measure_lint(tree: Path, options: Sequence[str], repeat: int) -> dict[str, Measured]:
    """bpf-lint cold, cold with cache, and warm."""
    cold = [lint(tree, ["--no-cache", *options]) for _ in range(repeat)]
    filling, warm = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(repeat):
            cached = ["--cache-dir", f"{folder}/{number}", *options]
            filling.append(lint(tree, cached))
            warm.append(lint(tree, cached))
    return {
        "bpf-lint, no cache": median(cold),
        "bpf-lint, fills the cache": median(filling),
        "bpf-lint, unchanged": median(warm),
    }


def measure_clang(clang: str, units: Sequence[dict[str, Any]], root: Path) -> Measured:
    """`clang -fsyntax-only` over each unit, one process after the other.

    With the headers that come with bpf-lint, after all others, as bpf-lint takes them.
    """
    folders = [word for folder in SUPPLIED for word in ("-idirafter", folder)]
    runs = []
    for unit in units:
        command = [clang, *unit["flags"], *folders, "-w", "-fsyntax-only", unit["path"]]
        run = measure(command, root)
        if run.code != 0:
            print(f"clang refuses {unit['path']}: {run.stderr.splitlines()[:1]}", file=sys.stderr)
        runs.append(run)
    return Measured(
        max(run.code for run in runs),
        "",
        "",
        sum(run.seconds for run in runs),
        sum(run.processor for run in runs),
        max(run.largest for run in runs),
        max(run.together for run in runs),
    )


def measure_growth(
    tree: Path, options: Sequence[str], names: Sequence[str]
) -> list[tuple[int, int, float]]:
    """(configurations, units, seconds) for 1, 2, 4, ... and all configurations, no cache."""
    rows = []
    for count in steps(len(names)):
        chosen = [part for name in names[:count] for part in ("--configurations", name)]
        run = lint(tree, ["--no-cache", *options, *chosen])
        rows.append((count, len(json.loads(run.stdout)["summary"]["units"]), run.seconds))
    return rows


def steps(count: int) -> list[int]:
    """1, 2, 4, ... and the number itself."""
    powers = [1 << power for power in range(count.bit_length())]
    return sorted({*(power for power in powers if power < count), count})


def show(rows: dict[str, Measured], clang: Measured) -> None:
    """The table of times, and how many times clang's they are."""
    print(
        f"{'':<28}{'wall s':>8}{'x clang':>9}{'cpu s':>8}{'x clang':>9}"
        f"{'largest MB':>12}{'all MB':>9}"
    )
    for name, run in {"clang -fsyntax-only": clang, **rows}.items():
        print(
            f"{name:<28}{run.seconds:>8.2f}{run.seconds / clang.seconds:>9.2f}"
            f"{run.processor:>8.2f}{run.processor / clang.processor:>9.2f}"
            f"{run.largest / MEGABYTE:>12.0f}{run.together / MEGABYTE:>9.0f}"
        )


def show_growth(rows: Sequence[tuple[int, int, float]]) -> None:
    """The table of growth."""
    print(f"\n{'configurations':>14}{'units':>8}{'wall s':>9}{'s a unit':>10}")
    for count, units, seconds in rows:
        print(f"{count:>14}{units:>8}{seconds:>9.2f}{seconds / units:>10.3f}")


def show_stages(tree: Path, options: Sequence[str]) -> None:
    """What `--verbose` says about the stages of one run in one process."""
    run = lint(tree, ["--no-cache", "-j", "1", "--verbose", "--statistics", *options])
    lines = [line for line in run.stderr.splitlines() if line.strip()]
    if lines:
        print("\none process, --verbose --statistics:")
        print("\n".join(f"  {line}" for line in lines))


def as_json(run: Measured) -> dict[str, float]:
    """The numbers of a run."""
    return {
        "seconds": round(run.seconds, 3),
        "processor_seconds": round(run.processor, 3),
        "largest_bytes": run.largest,
        "together_bytes": run.together,
    }


def arguments_of(words: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Own arguments, and those for bpf-lint."""
    parser = argparse.ArgumentParser(description=__doc__, add_help=True)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--clang", default="clang")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", type=Path)
    return parser.parse_known_args(words)


def main(words: Sequence[str]) -> int:
    """Measure and print."""
    arguments, options = arguments_of(words)
    if shutil.which(arguments.clang) is None:
        sys.exit(f"{arguments.clang} is not there: install clang, or name one with --clang")
    rows = measure_lint(arguments.tree, options, arguments.repeat)
    summary = json.loads(rows["bpf-lint, no cache"].stdout)["summary"]
    if not summary["units"]:
        sys.exit("bpf-lint parsed nothing: there is nothing to compare")
    names = list(dict.fromkeys(unit["configuration"] for unit in summary["units"]))

    print(
        f"{arguments.tree}: {summary['programs']} programs, {len(summary['units'])} units, "
        f"{summary['findings']} findings; median of {arguments.repeat}\n"
    )
    clang = measure_clang(arguments.clang, summary["units"], report_root(arguments.tree))
    show(rows, clang)
    growth = measure_growth(arguments.tree, options, names) if len(names) > 1 else []
    if growth:
        show_growth(growth)
    show_stages(arguments.tree, options)
    if arguments.json:
        times = {name: as_json(run) for name, run in {"clang": clang, **rows}.items()}
        document = {"tree": str(arguments.tree), "times": times, "growth": growth}
        arguments.json.write_text(json.dumps(document, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
