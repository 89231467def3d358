"""The cache folder: entries by key, written at once, authenticated when read, pruned by age."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bpf_lint.files.reading import read
from bpf_lint.files.writing import in_checkout, place_of

BOUND = 200_000_000  # bytes of all entries
AGE = 30 * 24 * 3600  # seconds that an entry is kept without being used
MARK = b"bpf-lint cache 2\n"
SUFFIX = ".bin"
SECRET = "BPF_LINT_CACHE_KEY"  # the variable that holds it
_NAME = re.compile(r"[0-9a-f]{62}\.bin")
_GROUP = re.compile(r"[0-9a-f]{2}")
_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n# Results of bpf-lint; remove them at any time.\n"
)
_BESIDE = {"CACHEDIR.TAG": _TAG, ".gitignore": "*\n"}


def default_folder() -> Path | None:
    """The user's cache folder for bpf-lint; None where there is no home."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(home) if os.path.isabs(home) else Path(os.path.expanduser("~")) / ".cache"
    return base / "bpf-lint" if base.is_absolute() else None


def why_unused(path: Path, tree: Path) -> str:
    """Why a folder cannot be the cache of a tree, "" where it can.

    What lies in the tree, or where others may write, may hold entries that a stranger made: they
    are only believed where a secret authenticates them.
    """
    try:
        real = place_of(path, tree)
    except OSError as error:
        return error.strerror or str(error)
    if os.environ.get(SECRET):
        return ""
    if in_checkout(real, tree):
        return f"lies in the analysed tree; name one outside, or set {SECRET}"
    if real.exists() and not _private(real):
        return f"belongs to others, or others may write there; set {SECRET} to share one"
    return ""


def _private(path: Path) -> bool:
    state = path.stat()
    return state.st_uid == os.geteuid() and not state.st_mode & stat.S_IWOTH


class Folder:
    """Byte strings by key. Nothing here ever fails: a cache that cannot be used is empty.

    Args:
        path: Folder of the entries; None for no cache.
        bound: Size above which the entries that were not used for longest are removed.
    """

    def __init__(self, path: Path | None, bound: int = BOUND) -> None:
        self.path = path.absolute() if path else None
        self.bound = bound

    def get(self, key: str) -> bytes | None:
        """The entry of a key, None where there is none or it is damaged."""
        if self.path is None:
            return None
        file = self._file(key)
        try:
            data = b"" if file.is_symlink() else read(file, self.bound)
        except OSError:
            return None
        head = len(MARK) + 32
        if not data.startswith(MARK) or not _authentic(key, data[head:], data[len(MARK) : head]):
            return None
        with contextlib.suppress(OSError):
            os.utime(file)
        return data[head:]

    def has(self, key: str) -> bool:
        """True where there is an entry, damaged or not; it counts as used."""
        if self.path is None:
            return False
        try:
            os.utime(self._file(key), follow_symlinks=False)
        except OSError:
            return False
        return True

    def put(self, key: str, data: bytes) -> None:
        """Store an entry, in one step, over an older one."""
        if self.path is None or len(data) > self.bound // 2:
            return
        with contextlib.suppress(OSError):
            self._write(self._file(key), MARK + _digest(key, data) + data)

    def prune(self) -> None:
        """Remove entries, those that were not used for longest first, down to the bounds."""
        if self.path is None:
            return
        oldest = time.time_ns() - AGE * 10**9
        with contextlib.suppress(OSError):
            entries = sorted(_entries(self.path))
            size = sum(bytes_ for _, bytes_, _ in entries)
            for used, bytes_, file in entries:
                if size <= self.bound and used >= oldest:
                    break
                file.unlink(missing_ok=True)
                size -= bytes_

    def _file(self, key: str) -> Path:
        assert self.path is not None
        return self.path / key[:2] / (key[2:] + SUFFIX)

    def _write(self, file: Path, data: bytes) -> None:
        self._prepare(file.parent)
        handle, name = tempfile.mkstemp(dir=file.parent, suffix=".new")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            os.replace(name, file)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise

    def _prepare(self, group: Path) -> None:
        """Make the folders of an entry; what backups and git should know lies beside them."""
        assert self.path is not None
        if not self.path.exists():
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            for name, text in _BESIDE.items():
                (self.path / name).write_text(text)
        if group.is_symlink():
            raise OSError("is a link")
        group.mkdir(exist_ok=True, mode=0o700)


def key_of(*parts: bytes | str) -> str:
    """A key made of the hash of its parts."""
    found = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        found.update(len(data).to_bytes(8, "little") + data)
    return found.hexdigest()


def _authentic(key: str, data: bytes, digest: bytes) -> bool:
    return hmac.compare_digest(_digest(key, data), digest)


def _digest(key: str, data: bytes) -> bytes:
    """Over the key as well, so that a file under another's name is no entry."""
    secret = os.environ.get(SECRET, "").encode("utf-8", "surrogateescape")
    return hmac.digest(secret, key.encode() + data, "sha256")


def _entries(path: Path) -> Iterator[tuple[int, int, Path]]:
    """Entries with the time of their last use and their size in bytes; nothing else."""
    for group in os.scandir(path):
        if not (_GROUP.fullmatch(group.name) and group.is_dir(follow_symlinks=False)):
            continue
        for file in os.scandir(group.path):
            if _NAME.fullmatch(file.name) and file.is_file(follow_symlinks=False):
                state = file.stat(follow_symlinks=False)
                if _marked(file.path):
                    yield state.st_mtime_ns, state.st_size, Path(file.path)


def _marked(path: str) -> bool:
    """True for a file that begins as entries do, also those of other versions."""
    with open(path, "rb") as stream:
        return stream.read(len(MARK)).startswith(b"bpf-lint cache ")
