"""The cache folder: entries by key, written at once, checked when read, pruned by age."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

BOUND = 200_000_000  # bytes of all entries
MARK = b"bpf-lint cache 1\n"
SUFFIX = ".bin"


def default_folder() -> Path:
    """The user's cache folder for bpf-lint."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(home) if os.path.isabs(home) else Path.home() / ".cache"
    return base / "bpf-lint"


class Folder:
    """Byte strings by key. Nothing here ever fails: a cache that cannot be used is empty.

    Args:
        path: Folder of the entries; None for no cache.
        bound: Size above which the entries that were not used for longest are removed.
    """

    def __init__(self, path: Path | None, bound: int = BOUND) -> None:
        self.path = path
        self.bound = bound

    def get(self, key: str) -> bytes | None:
        """The entry of a key, None where there is none or it is damaged."""
        if self.path is None:
            return None
        file = self._file(key)
        try:
            data = file.read_bytes()
        except OSError:
            return None
        head = len(MARK) + 32
        if not data.startswith(MARK) or _digest(key, data[head:]) != data[len(MARK) : head]:
            return None
        with contextlib.suppress(OSError):
            os.utime(file)
        return data[head:]

    def put(self, key: str, data: bytes) -> None:
        """Store an entry, in one step, over an older one."""
        if self.path is None or len(data) > self.bound // 2:
            return
        with contextlib.suppress(OSError):
            self._write(self._file(key), MARK + _digest(key, data) + data)

    def prune(self) -> None:
        """Remove entries, those that were not used for longest first, down to the bound."""
        if self.path is None:
            return
        with contextlib.suppress(OSError):
            entries = [_entry(file) for file in self.path.rglob(f"*{SUFFIX}")]
            size = sum(bytes_ for _, bytes_, _ in entries)
            for _, bytes_, file in sorted(entries):
                if size <= self.bound:
                    break
                file.unlink(missing_ok=True)
                size -= bytes_

    def _file(self, key: str) -> Path:
        assert self.path is not None
        return self.path / key[:2] / (key[2:] + SUFFIX)

    def _write(self, file: Path, data: bytes) -> None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=file.parent, suffix=".new")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            os.replace(name, file)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise


def key_of(*parts: bytes | str) -> str:
    """A key made of the hash of its parts."""
    found = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        found.update(len(data).to_bytes(8, "little") + data)
    return found.hexdigest()


def _digest(key: str, data: bytes) -> bytes:
    """Over the key as well, so that a file under another's name is no entry."""
    return hashlib.sha256(key.encode() + data).digest()


def _entry(file: Path) -> tuple[int, int, Path]:
    state = file.stat()
    return state.st_mtime_ns, state.st_size, file
