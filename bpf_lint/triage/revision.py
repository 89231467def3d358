"""A folder as it was at a git revision, written to a temporary folder.

Only git's plumbing is used, with hooks, filters, monitors and lazy fetching off: nothing that the
repository's configuration or attributes name is run, and the work tree is not touched.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec

from bpf_lint.triage.errors import TriageError
from bpf_lint.triage.git import Clone, message
from bpf_lint.triage.objects import contents, entries, write

# Files above the analysed folder that decide how it is analysed.
CONFIGURATION = ("bpf-lint.toml", "pyproject.toml")
C_SOURCES = (".c", ".h", ".inc", ".def")
_SHORT = re.compile(r"(?:[^@/\s]+@)?(?P<host>[\w.-]+):(?!/)(?P<path>\S+)")  # of scp and ssh


class Checkout(msgspec.Struct, frozen=True):
    """A revision on disk.

    Args:
        root: Folder that stands for the repository's root.
        repository: The repository's real root.
        commit: Full hash of the revision.
    """

    root: Path
    repository: Path
    commit: str

    def path_of(self, path: Path) -> Path:
        """Where a path of the work tree is in this checkout; it need not exist there."""
        return self.root / path.resolve().relative_to(self.repository)


@contextmanager
def checkout(
    revision: str, paths: Iterable[Path], headers: Iterable[Path] = ()
) -> Iterator[Checkout]:
    """Give the paths as they were at a revision, until the block ends.

    Args:
        revision: Anything that git resolves to a commit.
        paths: Files and folders of one work tree.
        headers: Files and folders to take C sources from; what lies elsewhere is left out.

    Raises:
        TriageError: No git, no repository, an unknown revision, a shallow or partial clone.
    """
    places = [path.resolve() for path in paths]
    repository = repository_of(places)
    clone = Clone(repository)
    commit = resolve(clone, revision)
    folder = Path(tempfile.mkdtemp(prefix="bpf-lint-"))
    try:
        root = folder / repository.name
        # The mark of a repository's root: paths of reports start here.
        (root / ".git").mkdir(parents=True)
        found = entries(clone, commit, wanted_of(repository, places))
        inside = [path for path in headers if path.resolve().is_relative_to(repository)]
        wanted = [str(path.resolve().relative_to(repository)) for path in inside]
        found |= {e for e in entries(clone, commit, wanted) if e.path.endswith(C_SOURCES)}
        write(contents(clone, sorted(found)), root)
        yield Checkout(root.resolve(), repository, commit)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def repository_of(paths: Iterable[Path]) -> Path:
    """Root of the work tree that holds all the paths.

    Raises:
        TriageError: A path is in none, or they are in several.
    """
    roots = set()
    for path in paths:
        folder = next(place for place in (path, *path.parents) if place.is_dir())
        done = Clone(folder).git("rev-parse", "--show-toplevel")
        if done.returncode:
            reason = message(done)
            raise TriageError(f"comparison needs a git work tree: {reason}", str(path))
        roots.add(Path(os.fsdecode(done.stdout.rstrip(b"\n"))).resolve())
    if len(roots) != 1:
        raise TriageError("comparison needs paths of one git repository")
    return roots.pop()


def resolve(clone: Clone, revision: str) -> str:
    """Full hash of a revision's commit.

    Raises:
        TriageError: Unknown; the message says so where the clone is shallow.
    """
    name = f"{revision}^{{commit}}"
    done = clone.git("rev-parse", "--verify", "--quiet", "--end-of-options", name)
    lines = done.stdout.decode("ascii", "replace").split()
    commit = lines[-1] if lines else ""
    if done.returncode or not commit:
        shallow = clone.git("rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
        hint = "; this clone is shallow: fetch more history (in CI, fetch-depth: 0)"
        raise TriageError(f"unknown git revision {revision!r}{hint if shallow else ''}")
    return commit


def wanted_of(repository: Path, places: Iterable[Path]) -> list[str]:
    """Paths to take from the revision: the analysed ones, and configuration above them."""
    wanted = set()
    for place in places:
        relative = PurePosixPath(place.relative_to(repository))
        wanted.add(str(relative))
        wanted.update(str(above / name) for above in relative.parents for name in CONFIGURATION)
        wanted.update(CONFIGURATION)
    return sorted(wanted)


def provenance(folder: Path) -> tuple[str, str, str] | None:
    """Address, commit and branch of the repository around a folder; None where they are not known.

    The address is that of the remote `origin`, without user names, passwords and queries.
    """
    if shutil.which("git") is None:
        return None
    asked = (
        ("config", "--get", "remote.origin.url"),
        ("rev-parse", "--verify", "-q", "HEAD^{commit}"),
        ("symbolic-ref", "--short", "-q", "HEAD"),
    )
    found = [Clone(folder).git(*one).stdout.decode("utf-8", "replace").strip() for one in asked]
    address = public_address(found[0])
    return (address, found[1], found[2]) if address and found[1] else None


def public_address(remote: str) -> str:
    """A remote as a URL that may be shown, "" where it is none (a folder of this machine)."""
    if "://" not in remote and (short := _SHORT.fullmatch(remote)):
        remote = f"ssh://{short['host']}/{short['path']}"
    parts = urlsplit(remote)
    if parts.scheme not in ("http", "https", "ssh", "git") or not parts.hostname:
        return ""
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(
        (parts.scheme, quote(host, safe=":[]"), quote(parts.path, safe="/%~"), "", "")
    )
