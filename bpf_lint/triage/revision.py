"""A folder as it was at a git revision, written to a temporary folder.

Only git's plumbing is used, with hooks, filters, monitors and lazy fetching off: nothing that the
repository's configuration or attributes name is run, and the work tree is not touched.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec

from bpf_lint.triage.errors import TriageError

# Files above the analysed folder that decide how it is analysed.
CONFIGURATION = ("bpf-lint.toml", "pyproject.toml")
C_FILES = (".c", ".h", ".inc", ".def")
_OFF = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "safe.bareRepository=explicit",
    "protocol.allow=never",
    *(f"protocol.{name}.allow=never" for name in ("ext", "file", "git", "ssh", "http", "https")),
    "remote.origin.promisor=false",
)

# Set inside of git hooks; they would point git at another repository or index.
_SHORT = re.compile(r"(?:[^@/\s]+@)?(?P<host>[\w.-]+):(?!/)(?P<path>\S+)")  # of scp and ssh
_HOOK_NAMES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")


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


class TreeEntry(msgspec.Struct, frozen=True, order=True):
    """A file of the revision: its mode, its blob, its path from the root."""

    mode: str
    blob: str
    path: str


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
    commit = resolve(repository, revision)
    folder = Path(tempfile.mkdtemp(prefix="bpf-lint-"))
    try:
        root = folder / repository.name
        # The mark of a repository's root: paths of reports start here.
        (root / ".git").mkdir(parents=True)
        entries = entries_of(repository, commit, _wanted(repository, places))
        inside = [path for path in headers if path.resolve().is_relative_to(repository)]
        wanted = [str(path.resolve().relative_to(repository)) for path in inside]
        entries |= {e for e in entries_of(repository, commit, wanted) if e.path.endswith(C_FILES)}
        _write(repository, sorted(entries), root)
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
        done = run_git(folder, "rev-parse", "--show-toplevel")
        if done.returncode:
            reason = _message(done)
            raise TriageError(f"comparison needs a git work tree: {reason}", str(path))
        roots.add(Path(os.fsdecode(done.stdout.rstrip(b"\n"))).resolve())
    if len(roots) != 1:
        raise TriageError("comparison needs paths of one git repository")
    return roots.pop()


def resolve(repository: Path, revision: str) -> str:
    """Full hash of a revision's commit.

    Raises:
        TriageError: Unknown; the message says so where the clone is shallow.
    """
    name = f"{revision}^{{commit}}"
    done = run_git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", name)
    lines = done.stdout.decode("ascii", "replace").split()
    commit = lines[-1] if lines else ""
    if done.returncode or not commit:
        shallow = (
            run_git(repository, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
        )
        hint = "; this clone is shallow: fetch more history (in CI, fetch-depth: 0)"
        raise TriageError(f"unknown git revision {revision!r}{hint if shallow else ''}")
    return commit


def _wanted(repository: Path, places: Iterable[Path]) -> list[str]:
    """Paths to take from the revision: the analysed ones, and configuration above them."""
    wanted = set()
    for place in places:
        relative = PurePosixPath(place.relative_to(repository))
        wanted.add(str(relative))
        wanted.update(str(above / name) for above in relative.parents for name in CONFIGURATION)
        wanted.update(CONFIGURATION)
    return sorted(wanted)


def _write(repository: Path, entries: list[TreeEntry], root: Path) -> None:
    """Write files of a revision."""
    files = [entry for entry in entries if entry.mode in ("100644", "100755")]
    links = [entry for entry in entries if entry.mode == "120000"]
    blobs = _blobs(repository, [entry.blob for entry in (*files, *links)])
    for entry, data in zip((*files, *links), blobs, strict=True):
        path = root / entry.path
        if not _make(path.parent, root) or os.path.lexists(path):
            continue  # a malformed tree: two entries have one name
        if entry.mode != "120000":
            path.write_bytes(data)
        elif not data.startswith(b"/"):
            path.symlink_to(os.fsdecode(data))
    _remove_escapes(root, [root / entry.path for entry in links])


def _make(folder: Path, root: Path) -> bool:
    """Make a folder below the root; False where a link or a file stands in its way."""
    for place in reversed([folder, *folder.parents]):
        if place.is_relative_to(root) and not place.is_dir() and not os.path.lexists(place):
            place.mkdir()
        elif place.is_relative_to(root) and (place.is_symlink() or not place.is_dir()):
            return False
    return True


def entries_of(repository: Path, commit: str, wanted: list[str]) -> set[TreeEntry]:
    """Files of the revision at or below the wanted paths; those it lacks are left out."""
    if not wanted:
        return set()
    paths = [] if "." in wanted else ["--", *wanted]
    done = run_git(repository, "ls-tree", "-r", "-z", "--full-tree", commit, *paths)
    if done.returncode:
        raise TriageError(f"cannot list the files of {commit[:12]}: {_message(done)}")
    entries = set()
    for record in done.stdout.split(b"\0")[:-1]:
        head, _, path = record.partition(b"\t")
        mode, kind, blob = head.decode("ascii").split()[:3]
        entry = TreeEntry(mode, blob, os.fsdecode(path))
        if kind == "blob" and _inside(entry.path):
            entries.add(entry)
    return entries


def _blobs(repository: Path, names: list[str]) -> list[bytes]:
    """Contents of blobs, as they are stored: no filter is applied."""
    if not names:
        return []
    lines = "".join(f"{name}\n" for name in names).encode("ascii")
    done = run_git(repository, "cat-file", "--batch", data=lines)
    blobs, position, output = [], 0, done.stdout
    for name in names:
        end = output.find(b"\n", position)
        head = output[position:end].split()
        if done.returncode or end < 0 or len(head) != 3:
            hint = "a partial clone lacks it, fetch it first"
            raise TriageError(f"cannot read blob {name[:12]} of the revision; {hint}")
        start, size = end + 1, int(head[2])
        blobs.append(output[start : start + size])
        position = start + size + 1
    return blobs


def _inside(path: str) -> bool:
    """True for a relative path that does not climb."""
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and ".git" not in parts


def _remove_escapes(root: Path, links: Iterable[Path]) -> None:
    """Remove symbolic links that lead out of the checkout, once all of them stand."""
    inside = root.resolve()
    for link in links:
        try:
            stays = link.resolve().is_relative_to(inside)
        except (OSError, RuntimeError):
            stays = False
        if link.is_symlink() and not stays:
            link.unlink()


def run_git(
    folder: Path, *arguments: str, data: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a plumbing command with everything off that a repository could make git run.

    Raises:
        TriageError: There is no git program.
    """
    program = shutil.which("git")
    if program is None:
        raise TriageError("comparison with a revision needs git, which is not installed")
    off = [part for setting in _OFF for part in ("-c", setting)]
    environment = {name: value for name, value in os.environ.items() if name not in _HOOK_NAMES}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1"}
    return subprocess.run(
        [program, "--no-pager", *off, "-C", str(folder), *arguments],
        input=data,
        capture_output=True,
        env=environment,
        check=False,
    )


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
    found = [run_git(folder, *one).stdout.decode("utf-8", "replace").strip() for one in asked]
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


def _message(done: subprocess.CompletedProcess[bytes]) -> str:
    """What git said, on one line."""
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[0].removeprefix("fatal: ") if lines else f"git failed with {done.returncode}"
