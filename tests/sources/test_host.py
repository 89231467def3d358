"""What runs on a node, from outputs of `ip` and `bpftool`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from bpf_lint.model.errors import InputError
from bpf_lint.sources.host import taken as taking
from bpf_lint.sources.host.node import Node, node_of
from bpf_lint.sources.host.numbers import Number, numbers_of
from tests.dataflow.harness import KERNEL


def link(ifindex: int, name: str, kind: str = "", **more: Any) -> dict[str, Any]:
    """A device as `ip -j -d link` has it."""
    data = more.pop("data", None)
    info = (
        {"linkinfo": {"info_kind": kind, **({"info_data": data} if data else {})}} if kind else {}
    )
    return {"ifindex": ifindex, "ifname": name, "link_type": "ether", **info, **more}


def far(index: int, netnsid: int = 0) -> dict[str, int]:
    return {"link_index": index, "link_netnsid": netnsid}


def taken(**outputs: Any) -> dict[str, bytes]:
    """Outputs by name, "_" for "." and "__" for "-"."""
    return {
        name.replace("__", "-").replace("_", "."): json.dumps(value).encode()
        for name, value in outputs.items()
    }


def node(**outputs: Any) -> Node:
    return node_of(taken(**outputs), KERNEL)


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        (link(1, "lo", link_type="loopback"), "loopback"),
        (link(2, "eth0"), "ethernet"),
        (link(2, "eth0", "veth", link="x"), "veth"),
        (link(2, "nk0", "netkit", link="x"), "netkit"),
        (link(2, "ipv0", "ipvlan", data={"mode": "l2", "mode_flag": "bridge"}), "ipvlan"),
        (link(2, "ipv0", "ipvlan", data={"mode": "l3s"}), "ipvlan-l3s"),
        (link(2, "mv0", "macvlan", data={"mode": "bridge"}), "macvlan"),
        (link(2, "wg0", "wireguard", link_type="none"), "wireguard"),
        (link(2, "tun0", "tun", data={"type": "tun"}, link_type="none"), "tun"),
        (link(2, "tap0", "tun", data={"type": "tap"}), "ethernet"),
        (link(2, "x0", "can", link_type="can"), "unknown"),
    ],
)
def test_kinds(one: dict[str, Any], kind: str) -> None:
    assert node(ip=[one]).devices["host", one["ifindex"]].kind == kind


def test_peers_are_those_that_name_each_other() -> None:
    found = node(
        ip=[link(5, "lxc1", "veth", **far(2)), link(6, "lxc2", "veth", **far(2, 1))],
        pod__a_ip=[link(2, "eth0", "veth", **far(5))],
        pod__b_ip=[link(2, "eth0", "veth", **far(6)), link(3, "a", "veth", link="b"),
                   link(4, "b", "veth", link="a")],
    )  # fmt: skip
    peers = {key: one.peer for key, one in found.devices.items()}
    assert peers["host", 5] == ("pod-a", 2)
    assert peers["host", 6] == ("pod-b", 2)
    assert peers["pod-b", 2] == ("host", 6)
    assert (peers["pod-b", 3], peers["pod-b", 4]) == (("pod-b", 4), ("pod-b", 3))


def test_a_peer_that_was_not_looked_at_is_away() -> None:
    one = node(ip=[link(5, "lxc1", "veth", **far(2))]).devices["host", 5]
    assert (one.peer, one.away) == (None, True)


def test_two_devices_that_can_be_the_peer_are_none() -> None:
    pods = {f"pod{at}_ip": [link(2, "eth0", "veth", **far(5))] for at in (1, 2)}
    one = node(ip=[link(5, "lxc1", "veth", **far(2))], **pods).devices["host", 5]
    assert (one.peer, one.away) == (None, True)


PROGS = [{"id": 8, "name": "from_pod"}, {"id": 9, "name": "to_pod", "map_ids": [4]}]


@pytest.mark.parametrize(
    ("net", "hook"),
    [
        ({"tc": [{"ifindex": 5, "kind": "clsact/ingress", "name": "x", "id": 8}]}, "tc-ingress"),
        ({"tc": [{"ifindex": 5, "kind": "tcx/egress", "prog_id": 8}]}, "tc-egress"),
        ({"tc": [{"ifindex": 5, "kind": "netkit/peer", "prog_id": 8}]}, "netkit-peer"),
        ({"xdp": [{"ifindex": 5, "mode": "driver", "id": 8}], "flow_dissector": []}, "xdp"),
    ],
)  # fmt: skip
def test_programs_at_hooks(net: dict[str, Any], hook: str) -> None:
    found = node(pod_ip=[link(5, "eth0")], pod_net=[net], prog=PROGS).attachments
    assert [(one.netns, one.ifindex, one.hook, one.program) for one in found] == [
        ("pod", 5, hook, "from_pod")
    ]


@pytest.mark.parametrize(
    ("one", "hook"),
    [
        ({"type": "tcx", "attach_type": "tcx_ingress"}, "tc-ingress"),
        ({"type": "netkit", "attach_type": "netkit_primary"}, "netkit-primary"),
        ({"type": "xdp"}, "xdp"),
    ],
)
def test_links_tell_what_net_does_not(one: dict[str, str], hook: str) -> None:
    found = node(ip=[link(5, "x")], link=[{"ifindex": 5, "prog_id": 9, **one}], prog=PROGS)
    assert [(one.hook, one.program) for one in found.attachments] == [(hook, "to_pod")]
    assert found.users == {4: {"host"}}


def test_what_cannot_be_said_is_told() -> None:
    found = node(
        ip=[link(5, "x")],
        pod_ip=[link(5, "y")],
        net=[{"tc": [{"ifindex": 5, "kind": "htb", "id": 8}]}],
        link=[{"ifindex": 5, "prog_id": 9, "type": "xdp"}, {"type": 33}],
        prog=PROGS,
    )
    assert found.attachments == ()
    assert found.left == (
        "from_pod at htb of device 5 in host",
        "to_pod at xdp of device 5 in one of several namespaces",
    )


POD = {
    "id": 1,
    "kind": "STRUCT",
    "name": "pod",
    "members": [
        {"name": "ifindex", "type_id": 2},
        {"name": "flags", "type_id": 2},
        {"name": "(anon)", "type_id": 3},
        {"name": "inner", "type_id": 4},
        {"name": "link", "type_id": 6},
    ],
}
UNION = {"id": 3, "kind": "UNION", "name": "(anon)", "members": [{"name": "dev_id", "type_id": 2}]}
INNER = {"id": 4, "kind": "TYPEDEF", "name": "inner_t", "type_id": 5}
NAMED = {"id": 5, "kind": "STRUCT", "name": "far", "members": [{"name": "if_index", "type_id": 2}]}
OWN = {"id": 6, "kind": "STRUCT", "name": "(anon)", "members": [{"name": "ifidx", "type_id": 2}]}
INT = {"id": 2, "kind": "INT", "name": "unsigned int"}
DEVICES = [link(at, f"d{at}") for at in (2, 3, 5, 7)]


def numbers(*values: Any, root: Any = POD, **more: Any) -> dict[str, Number]:
    outputs = taken(
        ip=DEVICES,
        pod_ip=[link(2, "eth0"), link(4, "eth1")],
        map=[{"id": 1, "btf_id": 9, "max_entries": 8}],
        map__1=[{"key": ["0x01"], "formatted": {"key": 1, "value": one}} for one in values],
        value__1={"types": [root]},
        btf__9={"types": [POD, UNION, INNER, NAMED, OWN, INT]},
        **more,
    )
    return {one.name: one for one in numbers_of(outputs, node_of(outputs, KERNEL))}


def test_members_by_their_values() -> None:
    found = numbers({"ifindex": 5, "flags": 1}, {"ifindex": 7, "flags": 9}, {"ifindex": 0})
    assert set(found) == {"pod.ifindex"}
    one = found["pod.ifindex"]
    assert (one.netns, one.others, one.values, one.zero, one.sure) == (
        "host",
        (),
        (5, 7),
        True,
        True,
    )


def test_members_of_structures_in_structures() -> None:
    value = {"": {"dev_id": 3}, "inner": {"if_index": 7}, "link": {"ifidx": 5}}
    assert set(numbers(value)) == {"pod.dev_id", "far.if_index", "pod.link.ifidx"}


def test_a_value_that_no_device_has_speaks_against_it() -> None:
    assert numbers({"ifindex": 5}, {"ifindex": 6}) == {}


def test_another_name_needs_several_values_and_is_not_sure() -> None:
    assert numbers({"flags": 2}, {"flags": 3}) == {}
    found = numbers({"flags": 2}, {"flags": 3}, {"flags": 7})
    assert not found["pod.flags"].sure


@pytest.mark.parametrize(("value", "netns", "others"), [(4, "pod", ()), (2, "host", ("pod",))])
def test_the_namespace_is_the_one_that_has_the_numbers(
    value: int, netns: str, others: tuple[str, ...]
) -> None:
    one = numbers({"ifindex": value})["pod.ifindex"]
    assert (one.netns, one.others) == (netns, others)


def test_of_several_namespaces_it_is_that_of_a_program_that_uses_the_map() -> None:
    one = numbers(
        {"ifindex": 2},
        prog=[{"id": 8, "name": "x", "map_ids": [1]}],
        pod_net=[{"xdp": [{"ifindex": 4, "id": 8}]}],
    )["pod.ifindex"]
    assert (one.netns, one.others) == ("pod", ("host",))


def test_variables() -> None:
    found = numbers({".rodata": [{"uplink_ifindex": 7}, {"cpus": 5}, {"port_dev": 0}]})
    assert [(one.name, one.variable) for one in found.values()] == [("uplink_ifindex", True)]


@pytest.mark.parametrize(
    "value",
    [None, 5, "x", [1], {"ifindex": "5"}, {"ifindex": True}, {"ifindex": -5}, {"ifindex": 1 << 40},
     {"inner": 5}, {".rodata": 5}, {".rodata": [5]}, {".rodata": [{"uplink_ifindex": {}}]}],
)  # fmt: skip
def test_odd_values_are_no_numbers(value: Any) -> None:
    assert numbers(value) == {}


def test_types_that_contain_themselves_end() -> None:
    loop = {"id": 1, "kind": "STRUCT", "name": "pod", "members": [{"name": "next", "type_id": 1}]}
    value: dict[str, Any] = {}
    for _ in range(50):
        value = {"next": value}
    assert numbers(value, root=loop) == {}


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[1]", b'[{"ifindex": "1"}]', b'[{"ifindex": 1, "ifname": null}]', b"\xff\xfe",
     b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_output_of_ip_is_said(data: bytes) -> None:
    with pytest.raises(InputError, match=r"pod\.ip: not what was expected"):
        node_of({"pod.ip": data}, KERNEL)


def test_files_are_read_by_their_names(tmp_path: Path) -> None:
    for name in ("ip.json", "prog.json", "notes.txt"):
        (tmp_path / name).write_text("[]")
    assert set(taking.from_files([tmp_path])) == {"ip", "prog"}
    assert set(taking.from_files([tmp_path / "ip.json"])) == {"ip"}


def test_files_are_not_read_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "MOST_BYTES", 100)
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text("x" * 60)
    with pytest.raises(InputError, match="too large"):
        taking.from_files([tmp_path])
    os.mkfifo(tmp_path / "0.json")
    with pytest.raises(InputError, match="not a regular file"):
        taking.from_files([tmp_path])


def script(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_tools_of_the_current_folder_are_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    script(tmp_path, "ip", "touch ran; echo '[]'")
    monkeypatch.setenv("PATH", f".:{os.pathsep}{tmp_path / 'nowhere'}")
    monkeypatch.setattr(taking, "SYSTEM_FOLDERS", ())
    with pytest.raises(InputError, match="ip is not installed"):
        taking.from_host()
    assert not (tmp_path / "ran").exists()


def test_what_tools_say_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    script(
        tmp_path / "bin",
        "ip",
        'case "$*" in "-j netns") echo \'[{"name":"pod"}]\';; '
        '"netns exec pod "*) shift 3; echo "[\\"$*\\"]";; *) echo "[\\"$*\\"]";; esac',
    )
    script(
        tmp_path / "bin",
        "bpftool",
        'case "$*" in "-j map") echo \'[{"id":3,"btf_id":7,"max_entries":1},{"id":4}]\';; '
        '*value) echo gone >&2; exit 1;; *) echo "[\\"$*\\"]";; esac',
    )
    found = taking.from_host()
    assert {"prog", "map", "link", "host.ip", "host.net", "pod.ip", "pod.net", "map-3"} == set(
        found
    )
    assert found["host.ip"] == b'["-j -d link"]\n'
    assert found["pod.net"].endswith(b'bpftool -j net"]\n')


def test_a_tool_that_refuses_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in ("ip", "bpftool"):
        script(tmp_path / "bin", name, "echo 'not permitted' >&2; exit 3")
    with pytest.raises(InputError, match="bpftool -j prog: not permitted"):
        taking.from_host()
