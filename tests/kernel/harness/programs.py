"""The actor's programs: compiled once, loaded once, attached for one experiment."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path

import msgspec

from ..records import Experiment, Saw
from . import filters, linux
from .loader import Object
from .network import Network, NotRunError

SOURCE = Path(__file__).resolve().with_name("actor.bpf.c")
HELPERS = ["", "redirect", "clone_redirect", "redirect_neigh", "redirect_peer", "redirect_map"]
ARRAY, DEVMAP = 2, 14
SETTINGS, REPORT = struct.Struct("<IIQiIIIIIIIII16s"), struct.Struct("<IIIIIiiI")
PROGRAM_TYPES = {"socket_filter": 1, "tc": 3, "xdp": 6, "cgroup_skb": 8, "lwt_in": 10}
PROGRAM_TYPES |= {"lwt_out": 11, "lwt_xmit": 12}
TCX = {"tc-ingress": 46, "tc-egress": 47, "netkit-primary": 54, "netkit-peer": 55}
XDP, XDP_FLAGS = 37, {"native": 4, "generic": 2}
# Mounted for this process alone, whatever is there for others.
PINS = "/mnt"
# What the actor takes for the number 0, as the input of a FIB lookup.
NO_DEVICE = 0xFFFFFFFF
FIRST_KEY = struct.pack("<I", 0)


class Report(msgspec.Struct, frozen=True):
    """What the program saw, and how often it acted."""

    runs: int
    returned: int
    saw: Saw


class Programs:
    """The loaded programs and their maps.

    Args:
        path: The compiled actor; None to compile it.

    Raises:
        NotRunError: The machine has no clang for BPF, or refuses to load programs.
    """

    def __init__(self, path: Path | None = None) -> None:
        compiled = Object(path) if path else compile_actor()
        try:
            self.maps = {
                "settings": linux.create_map(ARRAY, 4, SETTINGS.size, 1),
                "report": linux.create_map(ARRAY, 4, REPORT.size, 1),
                "devices": linux.create_map(DEVMAP, 4, 4, 4),
            }
            self.loaded = {
                name: linux.load_program(PROGRAM_TYPES[kind], compiled.program(name, self.maps))
                for name, kind in (
                    ("tc_actor", "tc"),
                    ("tc_second", "tc"),
                    ("xdp_actor", "xdp"),
                    ("xdp_pass", "xdp"),
                    ("lwt_actor", "lwt_xmit"),
                )
            }
        except OSError as error:
            raise NotRunError(f"cannot load BPF programs: {error.strerror}") from None
        linux.private_bpffs(PINS)
        linux.pin(self.loaded["lwt_actor"], f"{PINS}/lwt_actor")

    def configure(self, network: Network, experiment: Experiment, target: int) -> None:
        """Tell the actor what to do, and forget what it saw."""
        header = experiment.add_header or experiment.set_mac
        ethernet = network.address(header) if header else bytes(6)
        settings = SETTINGS.pack(
            HELPERS.index(experiment.helper),
            0 if experiment.entry else target,
            experiment.flags,
            experiment.verdict or 0,
            experiment.verdict is not None,
            0 if experiment.runs > 1000 else experiment.runs,
            _ipv4(experiment.next_hop),
            _ipv4(experiment.fib),
            _fib_input(network, experiment.fib_input),
            experiment.set_mark,
            experiment.set_cb,
            bool(experiment.add_header),
            bool(experiment.set_mac),
            ethernet + bytes(6) + b"\x08\x00\0\0",
        )
        linux.update_map(self.maps["settings"], FIRST_KEY, settings)
        linux.update_map(self.maps["report"], FIRST_KEY, bytes(REPORT.size))
        if experiment.entry:
            with linux.inside(network.namespaces[experiment.entry.split("/")[0]]):
                entry = struct.pack("<I", _index(network, experiment.entry))
                linux.update_map(self.maps["devices"], FIRST_KEY, entry)

    def report(self) -> Report:
        """What the actor saw."""
        raw = REPORT.unpack(linux.look_up(self.maps["report"], FIRST_KEY, REPORT.size))
        runs, ifindex, ingress, mark, fib_ifindex, returned, fib_returned, _ = raw
        return Report(runs, returned, Saw(ifindex, ingress, mark, fib_returned, fib_ifindex))

    def attach(self, network: Network, experiment: Experiment) -> ExitStack:
        """Attach everything an experiment asks for; to be closed."""
        attached = ExitStack()
        if experiment.attach == "route":
            attach_route(network, experiment.route, f"{PINS}/lwt_actor")
        else:
            self._attach(network, experiment.at, experiment.hook, experiment.attach, attached)
        if experiment.second:
            at, hook = experiment.second.split(":")
            self._attach(network, at, hook.replace("tcx_", "tc-"), "second", attached)
        for one in experiment.receive_xdp:
            self._attach(network, one.split(":")[0], "xdp", "pass", attached)
        return attached

    def _attach(self, network: Network, at: str, hook: str, how: str, attached: ExitStack) -> None:
        name = {"second": "tc_second", "pass": "xdp_pass"}.get(how)
        if hook == "xdp":
            flags = XDP_FLAGS.get(how, XDP_FLAGS["native"])
            program = self.loaded[name or "xdp_actor"]
            attach_link(network, at, program, XDP, attached, flags)
        else:
            attach_tc(network, at, self.loaded[name or "tc_actor"], hook, how, attached)


def attach_tc(
    network: Network, at: str, program: int, hook: str, how: str, attached: ExitStack
) -> None:
    """Attach a program to a tc or netkit hook of a device, as the kernel can."""
    if hook in filters.PARENTS and (how == "clsact" or not filters.has_tcx()):
        namespace = network.namespaces[at.split("/")[0]]
        filters.attach(program, _index(network, at), hook, namespace, attached)
    else:
        attach_link(network, at, program, TCX[hook], attached)


def attach_route(network: Network, route: str, pinned: str) -> None:
    """Give a route ("netns destination ...") a transmit program."""
    where, prefix, rest = route.split(" ", 2)
    command = f"route replace {prefix} encap bpf xmit pinned {pinned} {rest}"
    network.call(where, ["ip", *command.split()])


def remove_route(network: Network, route: str) -> None:
    """Remove a route, and its program."""
    where, prefix, _ = route.split(" ", 2)
    network.call(where, ["ip", "route", "del", prefix])


def attach_link(
    network: Network, at: str, program: int, kind: int, attached: ExitStack, flags: int = 0
) -> None:
    """Attach a program to a device by a link."""
    index = _index(network, at)
    with linux.inside(network.namespaces[at.split("/")[0]]):
        attached.callback(os.close, linux.attach(program, index, kind, flags))


def load_alone(kind: str, number: int, has_context: bool) -> bool:
    """Load a program of a type that only calls a helper; False where the helper is refused."""
    arguments = [(at, 1 if at == 2 - (not has_context) else 0) for at in range(1, 6)]
    code = b"".join(_move(at, value) for at, value in arguments if not (has_context and at == 1))
    code += struct.pack("<BBhi", 0x85, 0, 0, number) + struct.pack("<BBhi", 0x95, 0, 0, 0)
    try:
        os.close(linux.load_program(PROGRAM_TYPES[kind], code))
    except OSError as error:
        said = error.strerror or ""
        if "unknown func" in said or "cannot use helper" in said:
            return False
        raise NotRunError(said) from None
    return True


def compile_actor() -> Object:
    """Compile the actor with clang."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "actor.o"
        compile_to(path)
        return Object(path)


def compile_to(path: Path, source: Path = SOURCE, options: tuple[str, ...] = ()) -> bytes:
    """Compile a C file for BPF.

    Raises:
        NotRunError: There is no clang, or it refuses.
    """
    include = f"-I/usr/include/{os.uname().machine}-linux-gnu"
    command = ["clang", "-target", "bpf", "-O2", "-Wall", include, *options, "-c", str(source)]
    try:
        done = subprocess.run([*command, "-o", str(path)], capture_output=True, text=True)
    except FileNotFoundError:
        raise NotRunError("no clang") from None
    if done.returncode:
        raise NotRunError(f"clang: {done.stderr.splitlines()[0]}")
    return path.read_bytes()


def _move(register: int, value: int) -> bytes:
    return struct.pack("<BBhi", 0xB7, register, 0, value)


def _ipv4(text: str) -> int:
    return struct.unpack("<I", socket.inet_aton(text))[0] if text else 0


def _fib_input(network: Network, name: str) -> int:
    """The setting `fib_input`: 0 stands for the packet's own device."""
    if name == "0":
        return NO_DEVICE
    return _index(network, name) if name else 0


def _index(network: Network, name: str) -> int:
    where, short = name.split("/")
    with linux.inside(network.namespaces[where]):
        return socket.if_nametoindex(short)
