"""Virtual machines: their file system, and what is made of their reports."""

from __future__ import annotations

import gzip
import json
import lzma
import struct
from pathlib import Path

import msgspec
import pytest

from .harness.network import NotRunError
from .records import observations, topology
from .vm import __main__ as vm
from .vm import machine, packages
from .vm.archive import Archive
from .vm.messages import Jobs, Links, Message
from .vm.modules import load_order


def unpacked(image: bytes) -> dict[str, bytes]:
    """Names and contents of a cpio archive."""
    found: dict[str, bytes] = {}
    at = 0
    while True:
        assert image[at : at + 6] == b"070701"
        fields = [int(image[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        size, name_size = fields[6], fields[11]
        name = image[at + 110 : at + 110 + name_size - 1].decode()
        at += (110 + name_size + 3) // 4 * 4
        if name == "TRAILER!!!":
            return found
        found[name] = image[at : at + size]
        at += (size + 3) // 4 * 4


def test_archive_has_folders_before_files(tmp_path: Path) -> None:
    archive = Archive()
    archive.file("/a/b/one", b"first")
    archive.file("/a/b/two", b"second one", 0o755)
    archive.file("/a/b/one", b"not again")
    archive.write(tmp_path / "image")
    found = unpacked(gzip.decompress((tmp_path / "image").read_bytes()))
    assert found == {"a": b"", "a/b": b"", "a/b/one": b"first", "a/b/two": b"second one"}


def module(depends: str) -> bytes:
    """An ELF file with the section that tells what a module depends on."""
    names = b"\0.modinfo\0.shstrtab\0"
    info = b"license=GPL\0depends=" + depends.encode() + b"\0"
    sections = ((0, 0, 0, 0), (1, 1, 64, len(info)), (10, 3, 64 + len(info), len(names)))
    body = info + names
    table = b"".join(
        struct.pack("<IIQQQQIIQQ", n, k, 0, 0, a, s, 0, 0, 1, 0) for n, k, a, s in sections
    )
    head = b"\x7fELF" + bytes(36) + struct.pack("<Q", 64 + len(body)) + bytes(10)
    return head + struct.pack("<HHH", 64, 3, 2) + body + table


def test_modules_come_after_what_they_depend_on(tmp_path: Path) -> None:
    folder = tmp_path / "lib/modules/6.99/kernel/net"
    folder.mkdir(parents=True)
    (folder / "tunnel.ko").write_bytes(module("udp_tunnel,ip6"))
    (folder / "udp_tunnel.ko.xz").write_bytes(lzma.compress(module("")))
    (folder / "unused.ko").write_bytes(module(""))
    assert list(load_order(tmp_path, ("tunnel", "built-in"))) == ["udp_tunnel", "tunnel"]


def test_a_report_may_be_cut_off(tmp_path: Path) -> None:
    lines = [msgspec.json.encode(Message(booted="6.99")), b'{"missing":"a","no']
    (tmp_path / "x").write_bytes(b"\r\n".join(lines))
    assert machine.read(tmp_path / "x") == [Message(booted="6.99")]
    assert machine.read(tmp_path / "nothing") == []


class Stopped(machine.Machine):
    """A machine that has not been started, with a report."""

    def __init__(self, messages: list[Message]) -> None:
        self.name, self.started, self.messages = "6.99", 0.0, messages

    def finish(self, seconds: float) -> list[Message]:
        return self.messages


def test_what_did_not_run_is_not_counted_as_run(capsys: pytest.CaptureFixture[str]) -> None:
    seen = observations()[0]
    messages = [Message(booted="6.99"), Message(observed=seen), Message(note="the machine ended")]
    assert vm._summarize(Stopped(messages), Jobs([seen.id, "V-base-le"], [], ["V-base-pe"])) == 0
    said = capsys.readouterr().out
    assert "6.99: the machine ended" in said
    assert "not run: 2 experiments" in said
    assert "1 experiments run on 6.99" in said


def test_a_difference_fails(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = msgspec.structs.replace(observations()[0], outcome="MISDELIVERED")
    assert vm._summarize(Stopped([Message(observed=wrong)]), Jobs([wrong.id])) == 1
    assert "the model says 'DELIVERED'" in capsys.readouterr().out


def test_a_device_that_is_named_otherwise_fails(capsys: pytest.CaptureFixture[str]) -> None:
    made = topology("veth")
    said: dict[str, list[dict[str, object]]] = {name: [] for name in made.namespaces}
    for full, device in made.devices.items():
        netns, name = full.split("/")
        said[netns].append({"ifindex": device.index, "ifname": name, "link_type": "ether"})
    outputs = {name: json.dumps(links) for name, links in said.items()}
    messages = [Message(links=Links("veth", outputs)), Message(missing="macvlan", note="no room")]
    assert vm._summarize(Stopped(messages), Jobs(topologies=["veth", "macvlan"])) == 1
    told = capsys.readouterr().out
    assert "6.99: veth: ('host/lxc0', 'ethernet', '') is ('host/lxc0', 'veth', 'pod/eth0')" in told
    assert "not run: devices of macvlan on kernel 6.99 (no room)" in told


def test_an_unknown_kernel_is_not_run() -> None:
    with pytest.raises(NotRunError, match=r"no package for kernel 5\.4"):
        packages.unpack_kernel("5.4", Path("/nowhere"))


def test_a_kernel_may_be_beside_its_modules(tmp_path: Path) -> None:
    folder = tmp_path / "usr/lib/modules/9.9"
    (folder / "kernel").mkdir(parents=True)
    (folder / "kernel/tunnel.ko").write_bytes(module(""))
    with pytest.raises(NotRunError, match="no kernel in"):
        packages.kernel_file(tmp_path)
    (folder / "vmlinuz").touch()
    assert packages.kernel_file(tmp_path) == folder / "vmlinuz"
    assert list(load_order(tmp_path, ("tunnel",))) == ["tunnel"]


@pytest.mark.parametrize(
    "source",
    [
        "Types: deb\nURIs: http://a.example/debian\nSuites: stable\n",
        "# of the machine\ndeb [signed-by=/a b] http://a.example/debian/ stable main\n",
        "deb http://other.example/apt stable main\ndeb http://a.example/debian stable main\n",
    ],
)
def test_the_mirror_is_the_machine_s(source: str) -> None:
    found = packages.MIRROR.search(source)
    assert found and found[1] == "http://a.example/debian"


def test_private_lists_name_one_suite(tmp_path: Path) -> None:
    options = packages.private_lists(tmp_path, "http://a.example/debian", "some-suite")
    assert f"-oDir::State::Lists={tmp_path / 'lists'}" in options
    written = (tmp_path / "sources.list").read_text()
    assert written.endswith("http://a.example/debian some-suite main\n")
