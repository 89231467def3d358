"""Namespaces and devices of a topology. They vanish with the process, however it ends."""

from __future__ import annotations

import fcntl
import os
import re
import socket
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path

from ..records import Device, Topology
from . import links, linux, wireguard

TUNSETIFF, TUN_NO_HEADER = 0x400454CA, 0x1001
SIOCGIFHWADDR = 0x8927
# No IPv6 chatter; packets with addresses of other namespaces are accepted.
SETTINGS = (
    ("ipv6/conf/all/disable_ipv6", "1"),
    ("ipv6/conf/default/disable_ipv6", "1"),
    ("ipv4/conf/all/rp_filter", "0"),
    ("ipv4/conf/default/rp_filter", "0"),
    ("ipv4/conf/all/accept_local", "1"),
    ("ipv4/conf/all/send_redirects", "0"),
    ("ipv4/conf/default/send_redirects", "0"),
)
# Of a topology with IPv6: no addresses but the given ones, and those usable at once.
SETTINGS_6 = tuple(
    (f"ipv6/conf/{which}/{name}", value)
    for which in ("all", "default")
    for name, value in (
        ("disable_ipv6", "0"),
        ("accept_dad", "0"),
        ("accept_ra", "0"),
        ("addr_gen_mode", "1"),
    )
)
# The outside does not forward: a packet that is sent back to it would go round until its
# time to live is used up.
ROUTERS = ("host", "pod", "pod2")


class NotRunError(Exception):
    """This machine cannot run something, and why."""


class NoDeviceError(NotRunError):
    """This machine cannot make a kind of device."""


class Network:
    """The namespaces of one topology; use as a context manager."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.devices = topology.devices
        self.namespaces: dict[str, int] = {}
        self.tuns: dict[str, int] = {}

    def __enter__(self) -> Network:
        try:
            for name in self.topology.namespaces:
                self.namespaces[name] = linux.new_netns()
                self._configure(name)
            for name in self.devices:
                self._make(name)
            wireguard.connect(self)
            self.run(self.topology.setup)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in [*self.tuns.values(), *self.namespaces.values()]:
            os.close(descriptor)

    def add(self, devices: dict[str, Device]) -> None:
        """Make more devices."""
        self.devices = self.devices | devices
        for name in devices:
            self._make(name)

    def run(self, commands: Iterable[str]) -> None:
        """Run commands "netns: ip arguments"; "@name" in them is a namespace."""
        batches: dict[str, list[str]] = {}
        for command in commands:
            where, arguments = command.split(": ", 1)
            batches.setdefault(where, []).append(arguments)
        for where, lines in batches.items():
            self.call(where, ["ip", "-batch", "-"], "\n".join(lines))

    def call(self, where: str, command: list[str], text: str = "") -> str:
        """Run a program in a namespace, and return what it prints.

        Raises:
            NotRunError: It failed; the message is its own.
        """
        with linux.inside(self.namespaces[where]):
            try:
                done = subprocess.run(
                    command, input=self._paths(text), text=True, capture_output=True
                )
            except FileNotFoundError:
                raise NotRunError(f"no program {command[0]!r}") from None
        if done.returncode:
            said = " ".join(done.stderr.split("\n")[0].split())
            raise NotRunError(f"{command[0]}: {said}")
        return done.stdout

    def address(self, name: str) -> bytes:
        """MAC address of the device "netns/name"."""
        where, device = name.split("/")
        with linux.inside(self.namespaces[where]), socket.socket() as control:
            asked = struct.pack("16s24x", device.encode())
            return fcntl.ioctl(control, SIOCGIFHWADDR, asked)[18:24]

    def _paths(self, text: str) -> str:
        descriptors = {name: f"/proc/{os.getpid()}/fd/{at}" for name, at in self.namespaces.items()}
        return re.sub(r"@(\w+)", lambda found: descriptors[found[1]], text)

    def _configure(self, name: str) -> None:
        forwards = str(int(name in ROUTERS))
        with linux.inside(self.namespaces[name]):
            settings = [*SETTINGS, ("ipv4/ip_forward", forwards)]
            if self.topology.ipv6:
                settings += [*SETTINGS_6, ("ipv6/conf/all/forwarding", forwards)]
            for path, value in settings:
                setting = Path("/proc/sys/net") / path
                if setting.exists():
                    setting.write_text(value)

    def _make(self, name: str) -> None:
        device = self.devices[name]
        if device.kind == "tun":
            self._make_tun(name, device)
        elif not self._is_made(name, device):
            try:
                self._make_link(name, device)
            except (NotRunError, OSError) as error:
                said = error if isinstance(error, NotRunError) else error.strerror
                raise NoDeviceError(f"no {device.kind} devices here: {said}") from None

    def _make_link(self, name: str, device: Device) -> None:
        if device.peer:
            (where, short), (there, peer) = name.split("/"), device.peer.split("/")
            other, namespace = self.devices[device.peer], self.namespaces[there]
            with linux.inside(self.namespaces[where]):
                links.make_pair(short, device, peer, other, namespace)
        else:
            where, command = link(name, device)
            self.call(where, ["ip", "-batch", "-"], command)

    def _is_made(self, name: str, device: Device) -> bool:
        """True for the second device of a pair: the first has brought it along."""
        names = list(self.devices)
        return bool(device.peer) and names.index(device.peer) < names.index(name)

    def _make_tun(self, name: str, device: Device) -> None:
        where, short = name.split("/")
        with linux.inside(self.namespaces[where]):
            try:
                descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError as error:
                raise NotRunError(f"tun: {error.strerror}") from None
            self.tuns[short] = descriptor
            asked = struct.pack("16sH22x", short.encode(), TUN_NO_HEADER)
            fcntl.ioctl(descriptor, TUNSETIFF, asked)
            if socket.if_nametoindex(short) != device.index:
                raise NotRunError(f"tun: {name} did not get the number {device.index}")


def links_of(network: Network) -> dict[str, str]:
    """What `ip` says of the devices in each namespace, as JSON."""
    asked = ["ip", "-j", "-d", "link"]
    return {name: network.call(name, asked) for name in network.namespaces}


def link(name: str, device: Device) -> tuple[str, str]:
    """The namespace in which to make a device without a peer, and the arguments of `ip`."""
    where, short = name.split("/")
    words = ["link add"]
    if device.lower:
        home, master = device.lower.split("/")
        words += [f"link {master} name {short} index {device.index}", _mac(device)]
        if home != where:
            words.append(f"netns @{where}")
        where = home
    else:
        words += [f"{short} index {device.index}", _mac(device)]
    words += [f"type {device.kind.removesuffix('-l3s')}", device.mode and f"mode {device.mode}"]
    words.append(device.options if device.kind != "wireguard" else "")
    return where, " ".join(word for word in words if word)


def _mac(device: Device) -> str:
    return f"address {device.mac}" if device.mac else ""
