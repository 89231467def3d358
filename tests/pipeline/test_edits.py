"""What a run says after an edit is what it would say without the cache, byte by byte."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from bpf_lint import ir
from bpf_lint.dataflow.domain.atoms import Value
from bpf_lint.dataflow.engine import interpreter
from bpf_lint.dataflow.engine.activation import Activation
from bpf_lint.dataflow.engine.memo import Outcome
from bpf_lint.model.errors import InputError
from bpf_lint.pipeline import Request, answers, parse, run
from bpf_lint.pipeline import analyse as stage
from bpf_lint.pipeline.analyse import Answer, Work, analyse
from bpf_lint.pipeline.compare import run_new_since
from bpf_lint.pipeline.keptcalls import STATES
from bpf_lint.pipeline.request import Progress
from tests.pipeline.edits import Edits

EXAMPLE = Path(__file__).parents[2] / "examples/minidp/bpf"
EDITS = int(os.environ.get("BPF_LINT_EDITS", "12"))
TOGETHER = 4  # edits on top of each other, before the tree is as it was at first

Report = Callable[..., bytes]


@pytest.fixture(autouse=True)
def everything_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep calls of the example's small programs, too."""
    monkeypatch.setattr(interpreter, "WORTH_KEEPING", 0)


class Counts:
    """How many systems were analysed, and how many programs were parsed."""

    systems = 0
    programs = 0

    def taken(self) -> tuple[int, int]:
        """(systems, programs) since this was asked last."""
        found = self.systems, self.programs
        self.systems = self.programs = 0
        return found


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The example in a repository of its own."""
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    shutil.copytree(EXAMPLE, tmp_path / "repo" / "bpf")
    return tmp_path / "repo" / "bpf"


@pytest.fixture
def report(tree: Path) -> Report:
    """Everything that a run says, with a cache or without."""

    def made(*, cached: bool) -> bytes:
        cache = tree.parents[1] / "cache" if cached else None
        try:
            done = run(Request(paths=(str(tree),), cache=cache, jobs=2))
        except InputError as error:
            return str(error).encode()
        return msgspec.json.encode((done.report, done.problems, done.suppressed))

    return made


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counts:
    """Counts of what the cache does not answer."""
    found = Counts()
    parsing = parse._run

    def analysed(work: Work, jobs: int, progress: Progress) -> list[Answer]:
        found.systems += len(work.systems)
        return analyse(work, jobs, progress)

    def parsed(work: list[parse.Task], *rest: object) -> object:
        found.programs += len(work)
        return parsing(work, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(answers, "analyse", analysed)
    monkeypatch.setattr(parse, "_run", parsed)
    return found


def test_random_edits(tree: Path, report: Report, counts: Counts) -> None:
    pristine = tree.parents[1] / "pristine"
    shutil.copytree(tree, pristine)
    seed = int(os.environ.get("BPF_LINT_SEED", "0"))
    edits = Edits(tree, seed)
    warm = cold = 0
    made: list[str] = []
    for number in range(EDITS):
        if number % TOGETHER == 0:
            shutil.rmtree(tree)
            shutil.copytree(pristine, tree)
            report(cached=True)
            made = []
        made.append(edits.make())
        counts.taken()
        kept = report(cached=True)
        warm += sum(counts.taken())
        assert kept == report(cached=False), f"seed {seed}, after {made}"
        cold += sum(counts.taken())
    assert warm < cold


def test_a_comment_moves_places_and_nothing_else(
    tree: Path, report: Report, counts: Counts
) -> None:
    before = report(cached=True)
    assert counts.taken() == (6, 3)
    for file in (tree / "lib" / "nodeport.h", tree / "pod.c"):
        file.write_text("/* Some words,\n * and more of them. */\n\n" + file.read_text())
    after = report(cached=True)
    assert counts.taken() == (0, 0)
    assert after == report(cached=False) != before
    counts.taken()
    file = tree / "lib" / "tail.h"  # places moved twice, and some of them once
    file.write_text("\n" + file.read_text())
    after = report(cached=True)
    assert counts.taken() == (0, 0)
    assert after == report(cached=False)


def test_one_program_costs_itself_and_its_systems(
    tree: Path, report: Report, counts: Counts
) -> None:
    report(cached=True)
    counts.taken()
    file = tree / "overlay.c"
    file.write_text(file.read_text() + "static inline int nobody_calls(void)\n{\n\treturn 1;\n}\n")
    kept = report(cached=True)
    assert counts.taken() == (0, 1)  # what no program reaches changes no system
    assert kept == report(cached=False)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[ir.Function]:
    """The functions that are interpreted, in this process."""
    found: list[ir.Function] = []
    real = Activation.run

    def counted(self: Activation, arguments: Sequence[Value]) -> Outcome:
        found.append(self.function)
        return real(self, arguments)

    def here(chunks: list[tuple[int, ...]], _: int) -> Iterator[tuple[int, Answer]]:
        for chunk in chunks:
            analyst = stage._Analyst(stage._SHARED[-1])
            yield from analyst.answers(chunk)
            stage._keep(analyst.learnt)

    monkeypatch.setattr(stage, "_run", here)
    monkeypatch.setattr(Activation, "run", counted)
    return found


def test_programs_beside_the_one_that_changed_are_not_run(
    tree: Path, ran: list[ir.Function]
) -> None:
    request = Request(paths=(str(tree),), cache=tree.parents[1] / "cache")
    run(request)
    assert {"bpf/pod.c", "bpf/host.c", "bpf/overlay.c"} <= {one.place.path for one in ran}
    ran.clear()
    file = tree / "overlay.c"
    file.write_text(file.read_text().replace("\treturn ", "\t;return "))
    kept = run(request)
    paths = {one.place.path for one in ran}
    assert "bpf/overlay.c" in paths
    assert not {"bpf/pod.c", "bpf/host.c"} & paths
    assert kept.report == run(msgspec.structs.replace(request, cache=None)).report


def test_a_statement_in_a_header_costs_its_function_and_the_callers(
    tree: Path, ran: list[ir.Function]
) -> None:
    request = Request(paths=(str(tree),), cache=tree.parents[1] / "cache")
    run(request)
    everything = {one.name for one in ran}
    for number in range(2 * STATES):  # kept anew in between
        ran.clear()
        file = tree / "lib" / "packet.h"
        head, name, tail = file.read_text().partition("int load_ipv4(")
        file.write_text(head + name + tail.replace("{\n", f"{{\n\tint new{number};\n\n", 1))
        kept = run(request)
        again = {one.name for one in ran}
        assert "load_ipv4" in again
        beside = {"load_ipv6", "rewrite_ipv4", "rewrite_ipv6", "forward4", "route4", "tail_ipv6"}
        assert beside <= everything
        assert not beside & again
        ran.clear()
        assert kept.report == run(msgspec.structs.replace(request, cache=None)).report


@pytest.mark.parametrize(
    ("code", "parsed"),
    [
        ("\tif (__LINE__ == 30)\n\t\treturn 0;\n", 0),  # nobody knows which line it is
        ("\tif (sizeof(char[__LINE__]) == 30)\n\t\treturn 0;\n", 1),
        ("#if __LINE__ == 30\n\treturn 0;\n#endif\n", 1),
    ],
)
def test_the_number_of_a_line_is_no_place(
    tree: Path, report: Report, counts: Counts, code: str, parsed: int
) -> None:
    file = tree / "host.c"
    file.write_text(file.read_text().replace("\n{\n", f"\n{{\n{code}"))
    report(cached=True)
    counts.taken()
    file.write_text("\n" + file.read_text())
    kept = report(cached=True)
    assert counts.taken()[1] == parsed
    assert kept == report(cached=False)


def test_a_moved_tree_is_the_same_tree(tree: Path, report: Report, counts: Counts) -> None:
    before = report(cached=True)
    counts.taken()
    other = tree.parents[1] / "other"
    shutil.copytree(tree.parent, other)
    cache = tree.parents[1] / "cache"
    done = run(Request(paths=(str(other / "bpf"),), cache=cache, jobs=2))
    assert counts.taken() == (0, 0)
    assert msgspec.json.encode((done.report, done.problems, done.suppressed)) == before


def test_comparing_with_a_revision_costs_what_has_changed(
    tree: Path, report: Report, counts: Counts
) -> None:
    _git(tree, "init", "-q")
    _git(tree, "add", ".")
    _git(tree, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "One")
    (tree / "build.log").write_text("of no concern")
    report(cached=True)
    assert counts.taken() == (6, 3)
    file = tree / "overlay.c"
    file.write_text(file.read_text().replace("\treturn ", "\t;return ", 1))
    request = Request(paths=(str(tree),), cache=tree.parents[1] / "cache", jobs=2)
    new = run_new_since(request, "HEAD")
    assert counts.taken() == (6, 1)
    bare = msgspec.structs.replace(request, cache=None)
    assert run_new_since(bare, "HEAD").report == new.report
    counts.taken()
    assert run_new_since(request, "HEAD").report == new.report
    assert counts.taken() == (0, 0)


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)
