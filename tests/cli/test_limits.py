"""Limits of the processes that analyse: what exceeds them costs its system, not the run."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bpf_lint.dataflow import Engine
from bpf_lint.pipeline import analyse as module
from bpf_lint.pipeline.limits import Limits
from tests.cli.conftest import Lint

SOON = Limits(seconds=4, memory=400 << 20)
LIMITS = Limits(seconds=300, memory=400 << 20, processor=1)
MODES = "".join(f"[modes.{name}]\n" for name in ("first", "second", "third"))


def loop() -> None:
    while True:
        pass


def take_all() -> None:
    held = bytearray(4096 << 20)
    held[0] = 1


def die() -> None:
    os._exit(1)


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize(
    ("fault", "limits", "why"),
    [
        (loop, LIMITS, "no end after 1 s"),
        (take_all, LIMITS, "needs too much memory to be analysed"),
        (die, LIMITS, "the analysis crashed"),
        (lambda: time.sleep(60), SOON, "no end after 4 s"),
    ],
    ids=["endless", "memory", "signal", "stopped"],
)
def test_what_exceeds_the_limits_costs_its_system(
    lint: Lint,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    jobs: str,
    fault: Callable[[], None],
    limits: Limits,
    why: str,
) -> None:
    config = project / "bpf" / "bpf-lint.toml"
    config.write_text(MODES + config.read_text())
    whole = Engine.analyse

    def analyse(self: Engine, job: Any, *rest: Any) -> Any:
        if job.mode == "second":
            fault()
        return whole(self, job, *rest)

    monkeypatch.setattr(Engine, "analyse", analyse)
    monkeypatch.setattr(module, "LIMITS", limits)
    done = lint("bpf", "-j", jobs)

    assert done.code == 2
    assert f"not analysed: bpf/pod.c: second/default: {why}" in done.out
    assert "cross-netns-redirect" in done.out
    assert "first/default: " not in done.out
    assert "third/default: " not in done.out


@pytest.mark.parametrize(
    ("option", "fault", "why"),
    [
        (("--time-limit", "1"), loop, "no end after 1 s"),
        (("--memory-limit", "300"), take_all, "needs too much memory to be analysed"),
    ],
    ids=["time", "memory"],
)
def test_the_user_says_what_the_analysis_may_take(
    lint: Lint,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    option: tuple[str, str],
    fault: Callable[[], None],
    why: str,
) -> None:
    monkeypatch.setattr(Engine, "analyse", lambda self, job, *rest: fault())

    done = lint("bpf", *option)

    assert done.code == 2
    assert f"{why}\n" in done.out


def test_the_user_says_how_long_reading_a_program_may_take(lint: Lint, project: Path) -> None:
    source = project / "bpf" / "pod.c"
    macros = ["#define M0 0,", *(f"#define M{n + 1}{f' M{n}' * 8}" for n in range(8))]
    source.write_text(source.read_text() + "\n".join(["", *macros, "int many[] = { M8 };\n"]))

    done = lint("bpf", "--time-limit", "1")

    assert done.code == 2
    assert "bpf/pod.c: no end after 1 s" in done.out


def test_limits_are_numbers_above_nothing(lint: Lint, project: Path) -> None:
    assert lint("bpf", "--time-limit", "0").code == 2
    assert lint("bpf", "--memory-limit", "0").code == 2
