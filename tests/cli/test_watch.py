"""`--watch`, with files that change while it waits."""

import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Lint

Edits = list[Callable[[], object]]


@pytest.fixture
def edits(monkeypatch: pytest.MonkeyPatch) -> tuple[Edits, list[Any]]:
    """What is done, one thing each time that a run waits; and what was asked of the library."""
    planned: Edits = []
    asked: list[Any] = []

    def watch(*folders: str, **settings: Any) -> Iterator[set[object]]:
        asked.append((folders, settings["watch_filter"]))
        for edit in planned:
            edit()
            yield set()

    module = types.ModuleType("watchfiles")
    module.watch = watch  # type: ignore[attr-defined]
    module.DefaultFilter = lambda: lambda change, path: not path.endswith("~")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "watchfiles", module)
    return planned, asked


def test_it_runs_again_after_each_change(
    lint: Lint, project: Path, edits: tuple[Edits, list[Any]]
) -> None:
    program = project / "bpf" / "pod.c"
    text = program.read_text()
    edits[0].extend(
        [
            lambda: program.write_text(text.replace("UPLINK_IFINDEX, 0", "skb->ifindex, 0")),
            lambda: (project / "bpf" / "bpf-lint.toml").write_text("modes = 3\n"),
        ]
    )
    done = lint("bpf", "--watch", "--output-format", "concise")
    shown = done.err.split("watching ")
    assert len(shown) == 4
    assert done.out.count("[cross-netns-redirect]") == 1
    assert "modes" in shown[2]
    assert done.code == 2


def test_the_exit_code_is_that_of_the_last_run(
    lint: Lint, project: Path, edits: tuple[Edits, list[Any]]
) -> None:
    assert lint("bpf", "--watch").code == 1


def test_what_it_writes_itself_is_not_waited_for(
    lint: Lint, project: Path, edits: tuple[Edits, list[Any]]
) -> None:
    lint("bpf/pod.c", "--watch", "--output-format", "html=bpf/report.html")
    (folders, wanted) = edits[1][0]
    assert folders == ("bpf",)
    assert wanted(1, str(project / "bpf" / "pod.c"))
    assert not wanted(1, str(project / "bpf" / "report.html"))
    assert not wanted(1, str(project / "bpf" / "pod.c~"))


def test_without_the_library_it_says_what_to_install(
    lint: Lint, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    done = lint("bpf", "--watch")
    assert done.code == 2
    assert "pip install 'bpf-lint[watch]'" in done.err
    assert "does not go with" in lint("bpf", "--watch", "--write-baseline", "b.json").err
