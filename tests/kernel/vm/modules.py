"""Kernel modules of an unpacked package, in the order in which they can be loaded."""

from __future__ import annotations

import lzma
from pathlib import Path

from ..harness.loader import sections

# What experiments need. The first of the two curve25519 modules has to be there before the
# library that picks one.
WANTED = (
    "sch_ingress",
    "cls_bpf",
    "veth",
    "macvlan",
    "ipvlan",
    "vxlan",
    "tun",
    "curve25519-x86_64",
    "wireguard",
)


def load_order(package: Path, wanted: tuple[str, ...] = WANTED) -> dict[str, bytes]:
    """Modules and what they depend on, by name; a module that is not there may be built in."""
    paths = {
        path.name.split(".")[0].replace("-", "_"): path
        for path in package.glob("**/lib/modules/*/kernel/**/*.ko*")
    }
    order: dict[str, bytes] = {}
    for name in wanted:
        _add(name.replace("-", "_"), paths, order)
    return order


def _add(name: str, paths: dict[str, Path], order: dict[str, bytes]) -> None:
    if name in order or name not in paths:
        return
    image = paths[name].read_bytes()
    if paths[name].suffix == ".xz":
        image = lzma.decompress(image)
    for other in _depends(image):
        _add(other.replace("-", "_"), paths, order)
    order[name] = image


def _depends(image: bytes) -> list[str]:
    """Names in the `depends` entry of a module's information."""
    for section in sections(image):
        if section.name == ".modinfo":
            for entry in section.data.split(b"\0"):
                if entry.startswith(b"depends="):
                    return [one for one in entry[8:].decode().split(",") if one]
    return []
