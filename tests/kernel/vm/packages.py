"""Debian packages, downloaded with the machine's own sources and unpacked, not installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from ..harness.network import NotRunError

QEMU = "qemu-system-x86_64"
QEMU_PACKAGE = "qemu-system-x86"
WIREGUARD_TOOLS = "wireguard-tools"
# The package that depends on the newest kernel of a series, or is it.
KERNELS = {"6.12": "linux-image-6.12-cloud-amd64", "6.1": "linux-image-cloud-amd64"}
UPDATED = "apt-get update"


def install_qemu() -> None:
    """Install qemu where it is missing.

    Raises:
        NotRunError: apt cannot.
    """
    if not shutil.which(QEMU):
        _apt("install", "-y", "-q", "--no-install-recommends", QEMU_PACKAGE)
    if not shutil.which(QEMU):
        raise NotRunError(f"no {QEMU}")


def unpack_kernel(series: str, into: Path) -> Path:
    """Download and unpack the newest kernel of a series; see `unpack`."""
    return unpack(_newest(series), into)


def unpack(name: str, into: Path) -> Path:
    """Download and unpack a package, unless it is there.

    Returns:
        The folder it is in, below `into`.
    """
    folder = into / name
    if (folder / "usr").is_dir():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    _apt("download", "-q", name, cwd=folder)
    for package in folder.glob("*.deb"):
        done = subprocess.run(["dpkg", "-x", package, folder], capture_output=True, text=True)
        if done.returncode:
            raise NotRunError(f"dpkg: {done.stderr.splitlines()[0]}")
        package.unlink()
    return folder


def _newest(series: str) -> str:
    """Name of the kernel's package that a series' package depends on."""
    if series not in KERNELS:
        raise NotRunError(f"no package for kernel {series}; known are {', '.join(KERNELS)}")
    asked = ["apt-cache", "depends", "--important", KERNELS[series]]
    said = subprocess.run(asked, capture_output=True, text=True).stdout
    found = re.search(rf"Depends: (linux-image-{re.escape(series)}\.\S+-cloud-amd64)", said)
    if not found:
        raise NotRunError(f"no package of kernel {series} in the machine's apt sources")
    return found[1]


def _apt(*arguments: str, cwd: Path | None = None) -> None:
    environment = {"DEBIAN_FRONTEND": "noninteractive", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    for attempt in ("with the lists as they are", "after an update"):
        try:
            done = subprocess.run(
                ["apt-get", *arguments], cwd=cwd, env=environment, capture_output=True, text=True
            )
        except FileNotFoundError:
            raise NotRunError("no apt-get") from None
        if not done.returncode:
            return
        if attempt == "with the lists as they are":
            subprocess.run(UPDATED.split(), env=environment, capture_output=True)
    said = [line for line in done.stderr.splitlines() if line.startswith("E:")] or ["failed"]
    raise NotRunError(f"apt-get {arguments[0]}: {said[0]}")
