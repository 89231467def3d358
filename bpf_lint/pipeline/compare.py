"""What is new since a revision: two runs, before and after, compared by fingerprint."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from bpf_lint.config.user import FILE
from bpf_lint.files.reading import is_regular, within
from bpf_lint.model.finding import Report, Summary
from bpf_lint.pipeline import run
from bpf_lint.pipeline.request import Progress, Request, Run, silent
from bpf_lint.pipeline.source import Source
from bpf_lint.triage.diff import new_since
from bpf_lint.triage.errors import TriageError
from bpf_lint.triage.moved import States
from bpf_lint.triage.renames import sources_of
from bpf_lint.triage.revision import Checkout, checkout

_INCLUDE = ("-I", "-isystem", "-iquote", "-idirafter", "-include")


def run_new_since(request: Request, revision: str, progress: Progress = silent) -> Run:
    """Analyse the work tree and the revision; report what only the work tree has.

    Raises:
        InputError: Something in the request cannot be used, or the revision is not there.
    """
    if request.database:
        raise TriageError("--new-since does not go with -p: it knows the flags of one state only")
    paths = [Path(path) for path in request.paths]
    with checkout(revision, paths):
        pass  # says at once, before a long run, that the revision is not there
    new = run(request, progress)
    earlier = sources_of(revision, paths)
    places = [earlier.get(path, path) for path in paths]
    with checkout(revision, places, _headers(new)) as tree:
        old = _before(request, tree, earlier, _told(progress, revision))
        states = States(Source(str(tree.root)).text, Source(new.root, new.tree).text)
        report = new_since(old, new.report, revision, states)
    return msgspec.structs.replace(new, report=report)


def _told(progress: Progress, revision: str) -> Progress:
    """Progress that says which state is meant."""

    def tell(stage: str, done: int, total: int) -> None:
        progress(f"{revision}: {stage}", done, total)

    return tell


def _headers(outcome: Run) -> list[Path]:
    """Folders and files that the compiler's flags name."""
    named = set()
    for flags in {unit.flags for unit in outcome.report.summary.units}:
        for flag, value in zip(flags, (*flags[1:], ""), strict=True):
            option = next((one for one in _INCLUDE if flag.startswith(one)), "")
            if option:
                named.add(flag.removeprefix(option) or value)
    return [Path(outcome.root, name) for name in sorted(named) if name]


def _before(
    request: Request, tree: Checkout, earlier: Mapping[Path, Path], progress: Progress
) -> Report:
    """The report on the revision; one without findings where it has none of the paths.

    Args:
        earlier: Where paths were in the revision, for those that had another name.
    """
    paths = [Path(path) for path in request.paths]
    old = {path: tree.path_of(earlier.get(path, path)) for path in paths}
    there = [path for path in paths if _has_sources(old[path])]
    if not there:
        return Report(Summary(0, 0, 0, 0, 0))
    for path in there:
        _copy_configuration(path.resolve(), tree)
        if path in earlier and path.is_dir():
            _copy(path.resolve() / FILE, tree, old[path] / FILE)
    changed = msgspec.structs.replace(
        request,
        paths=tuple(str(old[path]) for path in there),
        config=_named_configuration(request.config, tree),
        baseline="",
        no_baseline=True,
        lenient=True,
    )
    return run(changed, progress).report


def _has_sources(path: Path) -> bool:
    """True for a file, or a folder with a C source or header in it."""
    return path.is_file() or next(path.rglob("*.[ch]"), None) is not None


def _copy_configuration(path: Path, tree: Checkout) -> None:
    """Describe a revision from before `bpf-lint.toml` by the one of today."""
    for folder in (path, *path.parents):
        if folder.is_relative_to(tree.repository):
            _copy(folder / FILE, tree)


def _named_configuration(file: str, tree: Checkout) -> str:
    """The configuration file of `--config` as it was, or as it is where the revision lacks it."""
    if not file or not Path(file).resolve().is_relative_to(tree.repository):
        return str(Path(file).resolve()) if file else ""
    _copy(Path(file).resolve(), tree)
    return str(tree.path_of(Path(file)))


def _copy(file: Path, tree: Checkout, to: Path | None = None) -> None:
    """Put a file of the work tree where the revision has none."""
    if not within(file, tree.repository):
        return
    before = to or tree.path_of(file)
    if is_regular(file) and not before.exists():
        before.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, before)
