"""Runs all that this machine can run, and compares it with the kernel model and with bpf-lint."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path

from ..compare import Summary
from ..records import Experiment, experiments
from ..suite import TrialSummary, local_modes, objects, trials
from .network import NotRunError
from .programs import Programs
from .run import Bench
from .trial import run_trial


def main() -> int:
    """Run, print, and return the exit code."""
    selected = [one for one in experiments().values() if _selected(one)]
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        if os.geteuid():
            raise NotRunError("needs root")
        programs = Programs()
    except NotRunError as error:
        print(f"not run: experiments, pairs and generated programs on this kernel ({error})")
        return 0
    try:
        with Bench(programs) as bench:
            code = _run_experiments(bench, selected)
            return code if sys.argv[1:] else max(code, _run_trials(bench))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _run_experiments(bench: Bench, selected: list[Experiment]) -> int:
    release = os.uname().release
    summary = Summary(release)
    for experiment in selected:
        try:
            summary.compare(bench.run(experiment, release))
        except NotRunError as error:
            summary.missing[str(error)] += 1
    return summary.print()


def _run_trials(bench: Bench) -> int:
    summary = TrialSummary(os.uname().release)
    with tempfile.TemporaryDirectory(prefix="bpf-lint-") as name:
        folder = Path(name)
        for file, data in objects(local_modes()).items():
            (folder / file).write_bytes(data)
        for trial in trials(local_modes()):
            try:
                summary.compare(run_trial(bench, folder, trial))
            except NotRunError as error:
                summary.miss(trial.id, str(error))
    return summary.print()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _selected(experiment: Experiment) -> bool:
    return not sys.argv[1:] or any(experiment.id.startswith(name) for name in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
