"""Writing files: whole or not at all, and never behind a link that an analysed tree brought."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path


def replace_text(path: Path, text: str, tree: Path) -> None:
    """Replace the file at `path` by `text`, through a temporary file beside it.

    A path outside of the tree that is no regular file (a terminal, a pipe) is written in place.

    Args:
        tree: The analysed tree. Links outside of it are the user's own and are followed.

    Raises:
        OSError: The folder or the file cannot be written, or the tree decides by a link where it
            lies; the old file is untouched.
    """
    target = place_of(path, tree)
    if target.exists() and not target.is_file():
        if in_checkout(target, tree):
            raise OSError(errno.EINVAL, "is not a regular file", str(path))
        target.write_text(text, encoding="utf-8", errors="backslashreplace")
        return
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)
        temporary.chmod(_mode(target))
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def place_of(path: Path, tree: Path) -> Path:
    """Where a path leads to, links resolved.

    Raises:
        OSError: One of the links lies in the tree, so that the tree chooses the place.
    """
    guarded = _guarded(tree)
    _, *parts = Path(os.path.abspath(path)).parts
    here = Path(os.sep)
    for part in parts:
        step = here / part
        if step.is_symlink() and any(step.is_relative_to(one) for one in guarded):
            raise OSError(errno.ELOOP, "is behind a link of the analysed tree", str(path))
        here = Path(os.path.realpath(step))
    return here


def in_checkout(path: Path, tree: Path) -> bool:
    """True where a path, links resolved, lies in the tree or in a repository around it."""
    return any(path.is_relative_to(one) for one in _guarded(tree))


def _guarded(tree: Path) -> list[Path]:
    """Folders whose content strangers may have written, links resolved.

    The tree, and every repository around it or around the current folder: what is analysed may be
    a submodule. A home that is a repository is its owner's.
    """
    real = Path(os.path.realpath(tree))
    here = Path(os.path.realpath(os.curdir))
    homes = (Path(os.path.realpath(os.path.expanduser("~"))), Path(real.anchor))
    around = [one for place in (real, here) for one in (place, *place.parents)]
    found = [one for one in around if one not in homes and (one / ".git").exists()]
    return list(dict.fromkeys([real, *found]))


def _mode(target: Path) -> int:
    """Permissions of the file that is replaced, or those a new file would get."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
