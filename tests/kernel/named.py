"""What `init` makes of a topology's devices, from what `ip` says of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.sources.host.node import node_of

from .records import topology

TOPOLOGIES = sorted(one.stem for one in (Path(__file__).parent / "topologies").glob("*.toml"))


@cache
def kernel() -> KernelModel:
    return Catalogue(data_folder()).kernel


class Names(msgspec.Struct):
    """How many topologies were compared on a kernel, and what is different."""

    release: str
    compared: int = 0
    wrong: int = 0

    def compare(self, name: str, outputs: Mapping[str, str]) -> None:
        """Compare one topology, and say what is different."""
        self.compared += 1
        for line in differences(name, outputs):
            self.wrong += 1
            print(f"{self.release}: {name}: {line}")

    def print(self) -> int:
        """Print the counts, and return the exit code."""
        print(
            f"{self.release}: devices of {self.compared} topologies as `init` names them, "
            f"{self.wrong} differences"
        )
        return int(self.wrong > 0)


def differences(name: str, outputs: Mapping[str, str]) -> list[str]:
    """Devices of a topology that are something else by `ip -j -d link` in its namespaces."""
    taken = {f"{netns}.ip": text.encode() for netns, text in outputs.items()}
    found = node_of(taken, kernel()).devices
    lines = []
    for full, made in topology(name).devices.items():
        one = found[full.split("/")[0], made.index]
        peer = found[one.peer] if one.peer else None
        told = (f"{one.netns}/{one.name}", one.kind, f"{peer.netns}/{peer.name}" if peer else "")
        if told != (full, made.kind, made.peer):
            lines.append(f"{told} is {(full, made.kind, made.peer)}")
    return lines
