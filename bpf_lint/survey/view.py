"""What of a repository is analysed, at any of its commits: folders, configuration, headers."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec

from bpf_lint.config.user import FILE
from bpf_lint.files.reading import is_regular, read, within
from bpf_lint.model.errors import InputError
from bpf_lint.pipeline import Request, prepare
from bpf_lint.pipeline.planning import Plan
from bpf_lint.survey.engine import Asked
from bpf_lint.survey.state import TELLING, TELLING_NAMES, WHOLE, Part, Terms, state
from bpf_lint.triage.errors import TriageError
from bpf_lint.triage.git import Clone
from bpf_lint.triage.objects import Content, write
from bpf_lint.triage.revision import C_SOURCES, repository_of, wanted_of

_INCLUDE = ("-I", "-isystem", "-iquote", "-idirafter", "-include")
_PLAIN = "100644"


class View(msgspec.Struct, frozen=True):
    """A part of a repository, and what is asked about it.

    Args:
        paths: What is taken from a commit: folders and files, from the root.
        headers: Folders and files of which C sources are taken, too; `WHOLE` also takes all that
            flags are found in.
        request: What is asked, with paths from the root.
        added: Files for commits that have none of their name: the configuration of today.
        terms: On which terms it is analysed.
    """

    clone: Clone
    paths: tuple[str, ...]
    request: Request
    headers: tuple[str, ...] = ()
    added: tuple[Content, ...] = ()
    terms: Terms = Terms()

    def pathspecs(self) -> list[str]:
        """What git is asked for to list the commits that change something."""
        whole = WHOLE in self.headers
        below = [
            f":(glob){one}/**/*{end}" for one in self.headers for end in C_SOURCES if not whole
        ]
        if whole:
            below = [f":(glob)**/*{end}" for end in TELLING]
            below += [f":(glob)**/{name}" for name in TELLING_NAMES]
        return [f":(literal){one}" for one in self.paths if one != WHOLE] + below

    def asked(self, commit: str) -> Asked:
        """The state of a commit."""
        part = Part(self.clone, commit, self.paths, self.headers)
        return state([part], self.request, self.added, self.terms)


def view_of(request: Request, seconds: float) -> View:
    """The view of a request about paths of a work tree, without headers beyond these.

    Args:
        seconds: Wall time that the analysis of a state may take.

    Raises:
        InputError: The paths are in no repository, or something that is asked cannot be used.
    """
    if request.database:
        raise TriageError("-p knows the flags of one state only")
    places = [Path(path).resolve() for path in request.paths]
    root = repository_of(places)
    config = Path(request.config).resolve() if request.config else None
    named_profile = request.profile
    named = [config] if config and config.is_relative_to(root) else []
    asked = msgspec.structs.replace(
        request,
        paths=tuple(str(place.relative_to(root)) for place in places),
        config=str(config.relative_to(root) if named and config else config or ""),
        profile=os.path.abspath(named_profile)
        if named_profile.endswith(".toml")
        else named_profile,
        cache=None,
        no_baseline=True,
        baseline="",
        lenient=True,
        jobs=1,
    )
    return View(
        Clone(root),
        tuple(wanted_of(root, [*places, *named])),
        asked,
        added=tuple(sorted(set(_today([*places, *named], root)))),
        terms=Terms(str(request.cache.absolute()) if request.cache else "", seconds),
    )


def with_headers(view: View, newest: str) -> View:
    """The view with the headers that the flags of a commit name; that decides for all commits."""
    return msgspec.structs.replace(view, headers=tuple(sorted(set(_beyond(view, newest)))))


def _today(places: list[Path], root: Path) -> Iterator[Content]:
    """The configuration that the work tree has for some places."""
    for place in places:
        files = [place] if is_regular(place) and place.suffix == ".toml" else []
        files += [folder / FILE for folder in (place, *place.parents)]
        for file in files:
            if within(file, root) and is_regular(file):
                yield Content(file.relative_to(root).as_posix(), _PLAIN, read(file))


def _beyond(view: View, commit: str) -> Iterator[str]:
    """Folders outside of the paths that the flags of a commit name; `WHOLE` where it has none."""
    with tempfile.TemporaryDirectory(prefix="bpf-lint-") as folder:
        root = Path(os.path.realpath(folder))
        (root / ".git").mkdir()
        write(view.asked(commit).job().files, root)
        paths = tuple(os.path.normpath(root / path) for path in view.request.paths)
        config = view.request.config
        request = msgspec.structs.replace(
            view.request, paths=paths, config=str(root / config) if config else ""
        )
        try:
            plans = prepare(request).plans
        except InputError:
            yield WHOLE  # perhaps for what is not there yet
            return
        for plan in plans:
            yield from _named_by(plan, root)


def _named_by(plan: Plan, root: Path) -> Iterator[str]:
    """Folders below the root that the flags of a plan name."""
    space = plan.workspace
    if not (space.choice.recognised or space.user.settings.front_end.flags):
        yield WHOLE
    flags = {unit.flags for system in plan.systems for unit in system.units}
    for one in {flag for each in flags for flag in _folders(each)}:
        place = os.path.normpath(os.path.join(space.tree.root, one))
        if place.startswith(f"{root}{os.sep}"):
            yield PurePosixPath(os.path.relpath(place, root)).as_posix()


def _folders(flags: tuple[str, ...]) -> Iterator[str]:
    """What include flags name."""
    for flag, value in zip(flags, (*flags[1:], ""), strict=True):
        option = next((one for one in _INCLUDE if flag.startswith(one)), "")
        if option and (name := flag.removeprefix(option) or value):
            yield name
