"""Debian packages, downloaded with the machine's own sources and unpacked, not installed."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from ..harness.network import NotRunError

QEMU = "qemu-system-x86_64"
QEMU_PACKAGE = "qemu-system-x86"
WIREGUARD_TOOLS = "wireguard-tools"
# The package that depends on the newest kernel of a series, or is it.
KERNELS = {"6.12": "linux-image-6.12-cloud-amd64", "6.1": "linux-image-cloud-amd64"}
# The newest kernel that Debian has built for its stable release; its number changes, and so it is
# run only when it is asked for.
NEWEST, BACKPORTS = "newest", "trixie-backports"
NEWEST_PACKAGE = "linux-image-cloud-amd64"
SERIES = (*KERNELS, NEWEST)
MIRROR = re.compile(r"(?m)^(?:URIs:|deb(?: \[.*?\])?) *(\S+/debian)/?(?: |$)")
KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
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
    return _unpack_backport(into) if series == NEWEST else unpack(_newest(series), into)


def kernel_file(package: Path) -> Path:
    """The kernel in an unpacked package; newer ones have it beside its modules."""
    found = [*package.glob("boot/vmlinuz-*"), *package.glob("usr/lib/modules/*/vmlinuz")]
    if not found:
        raise NotRunError(f"no kernel in {package.name}")
    return found[0]


def _unpack_backport(into: Path) -> Path:
    """The newest kernel of the backports, with lists of its own: the machine's are left alone."""
    with tempfile.TemporaryDirectory(prefix="bpf-lint-apt-") as name:
        options = private_lists(Path(name), _mirror(), BACKPORTS)
        _apt(*options, "update", "-q")
        asked = ["apt-cache", *options, "depends", "--important", NEWEST_PACKAGE]
        said = subprocess.run(asked, capture_output=True, text=True).stdout
        found = re.search(r"Depends: linux-image-(\d\S+-cloud-amd64)", said)
        if not found:
            raise NotRunError(f"no cloud kernel in {BACKPORTS}")
        parts = [f"linux-{part}-{found[1]}" for part in ("image", "binary", "modules")]
        return unpack(parts[0], into, (*options, "download", "-q", *parts))


def private_lists(folder: Path, mirror: str, suite: str) -> tuple[str, ...]:
    """Options that let apt see one suite of a mirror and keep all it knows in a folder."""
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    (folder / "sources.list").write_text(f"deb [signed-by={KEYS}] {mirror} {suite} main\n")
    settings = {
        "Dir::Etc::SourceList": folder / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": folder / "lists",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "root",
    }
    return tuple(f"-o{name}={value}" for name, value in settings.items())


def _mirror() -> str:
    """Address of the mirror that the machine has Debian from."""
    folder = Path("/etc/apt")
    files = [folder / "sources.list", *sorted(folder.glob("sources.list.d/*"))]
    for file in files:
        if file.is_file() and (found := MIRROR.search(file.read_text(errors="replace"))):
            return found[1]
    raise NotRunError("no mirror of Debian in the machine's apt sources")


def unpack(name: str, into: Path, command: tuple[str, ...] = ()) -> Path:
    """Download and unpack a package, unless it is there.

    Args:
        command: Arguments of apt-get, where they are not those for this package alone.

    Returns:
        The folder it is in, below `into`.
    """
    folder = into / name
    if (folder / "usr").is_dir():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    _apt(*(command or ("download", "-q", name)), cwd=folder)
    for package in folder.glob("*.deb"):
        done = subprocess.run(["dpkg", "-x", package, folder], capture_output=True, text=True)
        if done.returncode:
            raise NotRunError(f"dpkg: {done.stderr.splitlines()[0]}")
        package.unlink()
    return folder


def _newest(series: str) -> str:
    """Name of the kernel's package that a series' package depends on."""
    if series not in KERNELS:
        raise NotRunError(f"no package for kernel {series}; known are {', '.join(SERIES)}")
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
