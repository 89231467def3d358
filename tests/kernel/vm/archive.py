"""A cpio archive, as the kernel unpacks it into its first file system."""

from __future__ import annotations

import gzip
import os
import stat
from pathlib import Path

FIELDS = 13
MAGIC = "070701"
LEVEL = 1


class Archive:
    """Files for the first file system of a machine."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.names: set[str] = set()

    def folder(self, name: str) -> None:
        """Add a folder, and those above it."""
        path = Path(name.strip("/"))
        for one in [*reversed(path.parents), path]:
            if str(one) not in (".", *self.names):
                self._add(str(one), stat.S_IFDIR | 0o755, b"")

    def file(self, name: str, data: bytes, mode: int = 0o644, changed: int = 0) -> None:
        """Add a file, at an absolute path."""
        if name.strip("/") not in self.names:
            self.folder(str(Path(name).parent))
            self._add(name.strip("/"), stat.S_IFREG | mode, data, changed)

    def copy(self, path: Path, name: str = "") -> None:
        """Add a file of this machine, with its time: Python's caches depend on it."""
        about = path.stat()
        mode = stat.S_IMODE(about.st_mode)
        self.file(name or str(path), path.read_bytes(), mode, int(about.st_mtime))

    def write(self, path: Path) -> None:
        """Write the archive, compressed."""
        self._add("TRAILER!!!", 0, b"")
        path.write_bytes(gzip.compress(b"".join(self.parts), LEVEL))

    def _add(self, name: str, mode: int, data: bytes, changed: int = 0) -> None:
        self.names.add(name)
        links, number = 1, len(self.names)
        encoded = os.fsencode(name) + b"\0"
        values = (number, mode, 0, 0, links, changed, len(data), 0, 0, 0, 0, len(encoded), 0)
        head = MAGIC + "".join(f"{value & 0xFFFFFFFF:08X}" for value in values)
        self.parts.append(_padded(head.encode() + encoded) + _padded(data))


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
