"""The modes in which trials run: their topologies, places of programs, numbers and packets."""

from __future__ import annotations

from functools import cache

import msgspec

from bpf_lint.config.schema import Attachment
from bpf_lint.config.user_schema import UserConfiguration
from tests.toml import load_toml

from .records import FOLDER, Topology, topology
from .trials import Attached

PAIRS = FOLDER / "pairs"
INCLUDE = FOLDER.parent / "fixtures" / "include"
# Modes whose traffic is described together.
TRAFFIC = {"veth": "veth", "netkit": "netkit", "ipvlan": "slave", "macvlan": "slave"}
VIRTUAL = ("netkit", "ipvlan")


class Traffic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Packets that reach a program, where they arrive if it lets them pass, and its route.

    Args:
        native: True where a program of XDP runs in the driver, not in its generic form.
    """

    send: str
    normal: str
    route: str = ""
    native: bool = False


@cache
def configuration() -> UserConfiguration:
    """The `bpf-lint.toml` of all trials."""
    text = (PAIRS / "bpf-lint.toml").read_text()
    return msgspec.convert(load_toml(text), UserConfiguration)


@cache
def _traffic() -> dict[str, dict[str, Traffic]]:
    text = (PAIRS / "traffic.toml").read_text()
    return msgspec.convert(load_toml(text), dict[str, dict[str, Traffic]])


def modes() -> list[str]:
    """All modes; each is the name of a topology, too."""
    return list(configuration().modes)


def place(section: str, mode: str) -> tuple[str, str] | None:
    """Device ("netns/name") and hook that a section's programs are attached to in a mode."""
    for one in configuration().attachments:
        if section in one.entries and mode in (_modes(one) or modes()):
            return one.device.split("@")[0], one.hook
    return None


def sections(mode: str) -> list[str]:
    """Sections that are attached in a mode."""
    named = [name for one in configuration().attachments for name in one.entries]
    return [name for name in dict.fromkeys(named) if place(name, mode)]


def attached(function: str, section: str, mode: str) -> Attached:
    """A program at its place in a mode."""
    found = place(section, mode)
    assert found, f"{section} is not attached in mode {mode}"
    packets = traffic(section, mode)
    told = {"send": packets.send, "route": packets.route, "native": packets.native}
    return Attached(function, *found, **told)  # type: ignore[arg-type]


def traffic(section: str, mode: str) -> Traffic:
    """Packets that reach a section's programs."""
    found = place(section, mode)
    assert found, f"{section} is not attached in mode {mode}"
    return _traffic()[TRAFFIC[mode.split("-")[0]]][" ".join(found)]


def device(symbol: str, mode: str) -> str:
    """The device that a symbol names: the one that has its number, in its namespace."""
    namespace = next(one.netns for one in configuration().symbols if one.name == symbol)
    wanted = number(symbol, mode)
    found = stage(mode).devices.items()
    return next(
        name for name, one in found if name.startswith(f"{namespace}/") and one.index == wanted
    )


def number(symbol: str, mode: str) -> int:
    """A symbol's number: the mode's, or that of the header."""
    lines = [f"#define {one.replace('=', ' ')}" for one in configuration().modes[mode].defines]
    lines += (PAIRS / "pair.h").read_text().splitlines()
    return next(int(line.split()[2]) for line in lines if line.startswith(f"#define {symbol} "))


def stage(mode: str) -> Topology:
    """The topology of a mode."""
    return topology(mode)


def options(mode: str) -> tuple[str, ...]:
    """Options of the compiler for a mode."""
    defines = [f"-D{one}" for one in configuration().modes[mode].defines]
    return (f"-I{INCLUDE}", f"-I{PAIRS}", *defines)


def is_virtual(mode: str) -> bool:
    """True for modes whose devices few machines have: they are run in virtual machines."""
    return mode.startswith(VIRTUAL)


def _modes(attachment: Attachment) -> list[str]:
    """Modes of an attachment: its own, or its device's."""
    return attachment.modes or configuration().devices[attachment.device].modes
