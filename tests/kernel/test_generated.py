"""Generated programs: always the same ones, of all kinds, and compared in both directions."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pytest

from . import stage
from .generated import run
from .generated.draft import GUARDS, SHARES, SOURCES, drafts
from .generated.writing import file_name, source, text
from .harness.network import NotRunError
from .harness.trial import read_object
from .trials import Result


def test_there_are_500_programs_of_all_kinds() -> None:
    all_of_them = list(run.programs().values())
    assert len(all_of_them) == 500
    assert {one.mode for one in all_of_them} == set(stage.modes())
    assert {one.source for one in all_of_them} == set(SOURCES)
    assert {one.guard for one in all_of_them} == set(GUARDS)
    assert {one.verdict for one in all_of_them} == {"returned", "discarded", "passed"}
    assert len({one.hook for one in all_of_them}) == 5
    assert len({one.helper for one in all_of_them}) == 4


def test_a_seed_gives_the_same_programs() -> None:
    assert drafts("veth", seed=1, count=20) == drafts("veth", seed=1, count=20)
    assert drafts("veth", seed=1, count=20) != drafts("veth", seed=2, count=20)


def test_bpf_lint_reports_some_and_not_others() -> None:
    verdicts = run.verdicts()
    assert set(verdicts) <= set(run.programs()), "writers have nothing to report"
    reported = Counter(run.programs()[name].mode for name in verdicts)
    for mode, share in SHARES.items():
        assert share / 5 < reported[mode] < share * 4 / 5, mode
    rules = set().union(*verdicts.values())
    assert rules >= {"cross-netns-redirect", "redirect-flags", "redirect-peer-outside-ingress"}


def test_disagreements_are_noticed(capsys: pytest.CaptureFixture[str]) -> None:
    reported = next(iter(run.verdicts()))
    silent = next(name for name in run.programs() if name not in run.verdicts())
    summary = run.GeneratedSummary("6.99")
    summary.compare(Result(reported, "DROPPED", ""))
    summary.compare(Result(silent, "DELIVERED", ""))
    assert summary.print() == 0
    summary.compare(Result(reported, "DELIVERED", ""))
    summary.compare(Result(silent, "MISDELIVERED", ""))
    assert summary.print() == 1
    assert summary.unlike == [reported, silent]
    shown = [source(run.programs()[one]) for one in summary.unlike]
    assert min(shown, key=len) in capsys.readouterr().out


def test_generated_programs_compile() -> None:
    try:
        compiled = run.objects("netkit-l2")
    except NotRunError as error:
        pytest.skip(f"not run: {error}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "one.o"
        path.write_bytes(compiled[Path(file_name("netkit-l2")).with_suffix(".o").name])
        found = read_object(path)
    chained = [one for one in drafts("netkit-l2") if one.source == "chain"]
    assert chained
    for one in chained:
        slots = dict(found.numbered(1000 + one.id))
        assert slots == {0: f"middle_{one.id}", 1: f"tail_{one.id}"}
    assert text(drafts("netkit-l2")).count("SEC(") >= SHARES["netkit-l2"]
