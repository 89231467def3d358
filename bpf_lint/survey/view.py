"""What of a repository is analysed, at any of its commits: folders, configuration, headers."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath

import msgspec

from bpf_lint.cache.folder import key_of
from bpf_lint.config.user import FILE
from bpf_lint.files.reading import is_regular, read, within
from bpf_lint.model.errors import InputError
from bpf_lint.pipeline import Request, prepare
from bpf_lint.pipeline.planning import Plan
from bpf_lint.sources.inventory import BUILDS, DATABASE
from bpf_lint.survey.engine import Asked
from bpf_lint.survey.job import Job, identity
from bpf_lint.triage.errors import TriageError
from bpf_lint.triage.git import Clone
from bpf_lint.triage.objects import Content, Entry, contents, entries, write
from bpf_lint.triage.revision import C_SOURCES, repository_of, wanted_of

_INCLUDE = ("-I", "-isystem", "-iquote", "-idirafter", "-include")
_PLAIN = "100644"
# Besides C sources, what flags are found in where neither a profile nor the user gives them.
_TELLING = (*C_SOURCES, ".go", ".mk", ".cmake")
_TELLING_NAMES = (*BUILDS, DATABASE, FILE)
WHOLE = "."


class View(msgspec.Struct, frozen=True):
    """A part of a repository, and what is asked about it.

    Args:
        paths: What is taken from a commit: folders and files, from the root.
        headers: Folders and files of which C sources are taken, too; `WHOLE` also takes all that
            flags are found in.
        request: What is asked, with paths from the root.
        added: Files for commits that have none of their name: the configuration of today.
    """

    clone: Clone
    paths: tuple[str, ...]
    request: Request
    headers: tuple[str, ...] = ()
    added: tuple[Content, ...] = ()
    cache: str = ""
    seconds: float = 900

    def pathspecs(self) -> list[str]:
        """What git is asked for to list the commits that change something."""
        whole = WHOLE in self.headers
        below = [
            f":(glob){one}/**/*{end}" for one in self.headers for end in C_SOURCES if not whole
        ]
        if whole:
            below = [f":(glob)**/*{end}" for end in _TELLING]
            below += [f":(glob)**/{name}" for name in _TELLING_NAMES]
        return [f":(literal){one}" for one in self.paths if one != WHOLE] + below

    def files(self, commit: str) -> list[Entry]:
        """The files of a commit, by path."""
        found = entries(self.clone, commit, self.paths)
        wider = entries(self.clone, commit, self.headers)
        telling = _tells if WHOLE in self.headers else _is_source
        found |= {one for one in wider if telling(one.path)}
        return sorted(found, key=lambda one: one.path)

    def asked(self, commit: str) -> Asked:
        """The state of a commit."""
        files = self.files(commit)
        there = {one.path for one in files}
        added = tuple(one for one in self.added if one.path not in there)
        rows = [f"{one.mode} {one.blob} {one.path}" for one in files]
        own = msgspec.msgpack.encode((self.request, added, _outside(self.request)))
        key = key_of("state", identity(), own, *(os.fsencode(row) for row in rows))
        return Asked(key, partial(self._job, tuple(files), added))

    def _job(self, files: tuple[Entry, ...], added: tuple[Content, ...]) -> Job:
        there = (*contents(self.clone, files), *added)
        return Job(identity(), self.request, there, self.cache, self.seconds)


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
        cache=str(request.cache.absolute()) if request.cache else "",
        seconds=seconds,
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


def _is_source(path: str) -> bool:
    return path.endswith(C_SOURCES)


def _tells(path: str) -> bool:
    """True for a file that may tell of flags, or be included."""
    if path.endswith(".go") and "/vendor/" in f"/{path}":
        return False
    return path.endswith(_TELLING) or PurePosixPath(path).name in _TELLING_NAMES


def _outside(request: Request) -> bytes:
    """What decides an outcome and lies outside of the repository."""
    named = [one for one in (request.config, request.profile) if os.path.isabs(one)]
    return b"\0".join(_content(one) for one in named)


@lru_cache(maxsize=8)
def _content(path: str) -> bytes:
    try:
        return read(path)
    except OSError:
        return b""
