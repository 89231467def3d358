"""Runs the dataflow's tests against a changed module, in a process forked from a ready one.

The parent has imported all but the dataflow, and has compiled the tests' snippets; a child imports
the dataflow, with the change in it, and runs first the tests that reach the changed lines, the
fastest before the others. So most mutants cost a fraction of a second.
"""

from __future__ import annotations

import ast
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, TypeVar

import coverage
import hypothesis
import pytest

import bpf_lint.contexts.jobs
from tests.dataflow import compiling

ROOT = Path(__file__).parent.parent
READY = (hypothesis, bpf_lint.contexts.jobs, compiling)  # what children need not import
SLOW = 20.0  # times as long as without a change, and a test is held not to end
LEAST = 5.0  # seconds that each test may take

Made = TypeVar("Made")


class Baseline(NamedTuple):
    """What the tests did without a change.

    Args:
        seconds: Processor time of each test, by its pytest id.
        reached: The tests that run a line, by file and number; "" for what an import runs.
        snippets: Arguments of `compile_c`, in order.
    """

    seconds: dict[str, float]
    reached: dict[str, dict[int, list[str]]]
    snippets: list[tuple[Any, ...]]


def baseline(tests: Sequence[str], lines: Sequence[str]) -> Baseline:
    """Run all tests once, noting which lines of the files that match `lines` each one runs."""
    seen = _child(lambda: _watched(tests, lines))()
    if seen is None:
        raise SystemExit("the tests fail without any mutant")
    for snippet in seen.snippets:
        compiling.compile_c(*snippet)
    return seen


def _watched(tests: Sequence[str], lines: Sequence[str]) -> Baseline | None:
    snippets: list[tuple[Any, ...]] = []
    compile_c = compiling.compile_c

    def noted(source: str, roots: tuple[str, ...] = ("f",), name: str = "") -> Any:
        snippets.append((source, roots, name))
        return compile_c(source, roots, name)

    compiling.compile_c = noted  # type: ignore[assignment]
    measured = coverage.Coverage(data_file=None, include=list(lines), config_file=False)
    measured.start()
    watch = Watch(measured)
    code = pytest.main([*_OPTIONS, *tests], plugins=[watch])
    measured.stop()
    data = measured.get_data()
    reached = {file: data.contexts_by_lineno(file) for file in data.measured_files()}
    return Baseline(watch.seconds, reached, snippets) if code == 0 else None


class Watch:
    """A pytest plugin that measures tests, and tells coverage which of them runs."""

    def __init__(self, measured: coverage.Coverage) -> None:
        self.measured = measured
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Around each test."""
        self.measured.switch_context(item.nodeid)
        start = os.times().user
        result = yield
        self.seconds[item.nodeid] = os.times().user - start
        self.measured.switch_context("")
        return result


class Order:
    """A pytest plugin that puts tests in order, and ends the process where one does not end."""

    def __init__(self, order: dict[str, int], seconds: dict[str, float]) -> None:
        self.order = order
        self.seconds = seconds

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Sort the tests."""
        items.sort(key=lambda item: self.order[item.nodeid])

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Before each test."""
        signal.setitimer(signal.ITIMER_VIRTUAL, LEAST + SLOW * self.seconds[item.nodeid])


def start(known: Baseline, tests: Sequence[str], module: str, line: int, text: str) -> int:
    """Run the tests with the text of a module in place of the file; the id of the process.

    It ends with 0 if and only if all tests pass.
    """
    order = ordered(known, ROOT / module, line)
    name = module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def run() -> int:
        sys.meta_path.insert(0, Changed(name, module, text))
        return int(pytest.main([*_OPTIONS, *tests], plugins=[Order(order, known.seconds)]))

    return _fork(run)


def ordered(known: Baseline, path: Path, line: int) -> dict[str, int]:
    """Position of each test: the fastest first, those before all others that run a line."""
    lines = statement(path.read_text(), line)
    of_file = known.reached.get(str(path), {})
    reaching = {test for number in lines for test in of_file.get(number, [])}
    by_time = sorted(known.seconds, key=lambda test: (test not in reaching, known.seconds[test]))
    return {test: position for position, test in enumerate(by_time)}


def statement(code: str, line: int) -> Iterable[int]:
    """The lines of the smallest statement around a line, without the statements in it."""
    found = range(line, line + 1)
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.stmt) or node.end_lineno is None:
            continue
        body = getattr(node, "body", None)
        end = body[0].lineno - 1 if isinstance(body, list) and body else node.end_lineno
        if node.lineno <= line <= end:
            found = range(node.lineno, end + 1)  # the walk is from the outside in
    return found


class Changed(MetaPathFinder, Loader):
    """Imports one module from a text."""

    def __init__(self, name: str, module: str, text: str) -> None:
        self.name = name
        self.path = ROOT / module
        self.text = text

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        """The module, where it is asked for."""
        if fullname != self.name:
            return None
        package = self.path.name == "__init__.py"
        return spec_from_loader(fullname, self, origin=str(self.path), is_package=package)

    def exec_module(self, module: ModuleType) -> None:
        """Run the text."""
        exec(compile(self.text, str(self.path), "exec"), module.__dict__)


_OPTIONS = ("-x", "-p", "no:cacheprovider", "--rootdir", str(ROOT))


def _fork(run: Callable[[], int]) -> int:
    """Run something in a child that prints nothing; its id."""
    assert not any(name.startswith("bpf_lint.dataflow") for name in sys.modules)
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silence, stream)
        code = run()
    finally:
        os._exit(code)


def _child(make: Callable[[], Made]) -> Callable[[], Made | None]:
    """Make something in a child; what is returned waits for it."""
    reading, writing = os.pipe()

    def run() -> int:
        with os.fdopen(writing, "wb") as stream:
            pickle.dump(make(), stream)
        return 0

    child = _fork(run)
    os.close(writing)

    def wait() -> Made | None:
        with os.fdopen(reading, "rb") as stream:
            data = stream.read()
        os.waitpid(child, 0)
        made: Made | None = pickle.loads(data) if data else None
        return made

    return wait
