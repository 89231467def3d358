"""The first file system of a machine: this Python, `ip`, the harness and kernel modules."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from ..harness.network import NotRunError
from .archive import Archive

PROGRAMS = ("ip",)
PROJECT, FILES = "/project", "/files"
# Prints the files of all modules that the guest has imported.
LIST_MODULES = """
import sys
sys.path.insert(0, {root!r})
import tests.kernel.vm.guest, tests.kernel.records
for one in list(sys.modules.values()):
    for name in (getattr(one, "__file__", None), getattr(one, "__cached__", None)):
        print(name or "")
"""
INIT = """#!{python} -u
import sys
sys.path[:0] = [{project!r}, {project!r} + "/site"]
from tests.kernel.vm.guest import main
main()
"""


def build(path: Path, modules: dict[str, bytes], files: dict[str, bytes], tools: Path) -> None:
    """Write an image.

    Args:
        modules: Kernel modules in load order.
        files: More files, by name in `FILES`.
        tools: Folder whose programs (`wg`) are added.
    """
    archive = Archive()
    for folder in ("/proc", "/sys", "/dev", "/tmp", "/run", "/mnt", "/etc"):
        archive.folder(folder)
    python = Path(sys.executable).resolve()
    _add_python(archive, python)
    for name in PROGRAMS:
        _add_program(archive, _which(name), f"/bin/{name}")
    for program in tools.glob("usr/bin/wg"):
        _add_program(archive, program, "/bin/wg")
    for number, (name, data) in enumerate(modules.items()):
        archive.file(f"/modules/{number:02}-{name}.ko", data)
    for name, data in files.items():
        archive.file(f"{FILES}/{name}", data)
    init = INIT.format(python=python, project=PROJECT)
    archive.file("/init", init.encode(), 0o755)
    archive.write(path)


def _add_python(archive: Archive, python: Path) -> None:
    """Add the interpreter, and the modules that the guest imports, at their own paths."""
    root = Path(__file__).resolve().parents[3]
    listed = subprocess.run(
        [sys.executable, "-c", LIST_MODULES.format(root=str(root))],
        capture_output=True,
        text=True,
        check=True,
    )
    _add_program(archive, python)
    found = {Path(line) for line in listed.stdout.splitlines() if line.startswith("/")}
    for path in sorted(found):
        if path.is_file():
            _add_module(archive, path, root)
    for path in [*(root / "tests/kernel").glob("*.json"), *root.glob("tests/kernel/*/*.toml")]:
        archive.copy(path, PROJECT + str(path).removeprefix(str(root)))


def _add_module(archive: Archive, path: Path, root: Path) -> None:
    """Add a module: ours below the project, an installed one beside it, Python's where it is."""
    if path.is_relative_to(root / "tests"):
        name = PROJECT + str(path).removeprefix(str(root))
    elif "site-packages" in path.parts:
        name = f"{PROJECT}/site" + str(path).partition("site-packages")[2]
    else:
        name = str(path)
    archive.copy(path, name)
    if path.suffix == ".so":
        _add_libraries(archive, path)


def _add_program(archive: Archive, path: Path, name: str = "") -> None:
    archive.copy(path.resolve(), name)
    _add_libraries(archive, path.resolve())


def _add_libraries(archive: Archive, path: Path) -> None:
    said = subprocess.run(["ldd", path], capture_output=True, text=True).stdout
    for library in re.findall(r"(/\S+) \(0x", said):
        archive.copy(Path(os.path.realpath(library)), library)


def _which(name: str) -> Path:
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if not found:
        raise NotRunError(f"no program {name!r} (package iproute2)")
    return Path(found)
