"""Attachments, devices and numbers in what loads programs, read as text."""

from __future__ import annotations

from pathlib import Path

import pytest

from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.files.reach import Reach
from bpf_lint.sources.loaders import Loaders, folded

KERNEL = Catalogue(data_folder()).kernel
ENTRIES = {folded(name): name for name in ("from_pod", "to_pod", "handle_xdp")}
ENTRIES["sec to-host"] = "to_host"
OPTIONS = """\
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, first, .prog_fd = bpf_program__fd(skel->progs.from_pod));
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, second, .prog_fd = bpf_program__fd(skel->progs.to_pod));
	hook.attach_point = BPF_TC_INGRESS;
	err = bpf_tc_attach(&hook, &first);
	hook.attach_point = BPF_TC_EGRESS;
	err = bpf_tc_attach(&hook, &second);
}
"""
NETLINK = """\
	filter := &netlink.BpfFilter{
		FilterAttrs: netlink.FilterAttrs{
			LinkIndex: link.Attrs().Index,
			Parent:    netlink.HANDLE_MIN_EGRESS,
		},
		Fd: objs.ToPod.FD(),
	}
"""
LINK = """\
	l, err := link.AttachNetkit(link.NetkitOptions{
		Program: objs.FromPod,
		Attach:  ebpf.AttachNetkitPeer,
	})
"""


def loaders(folder: Path, name: str, text: str) -> Loaders:
    (folder / name).write_text(text)
    return Loaders(folder, Reach(str(folder)), KERNEL)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("load.c", OPTIONS, [("from_pod", "tc-ingress", 4), ("to_pod", "tc-egress", 6)]),
        (
            "load.c",
            "\tlink = bpf_program__attach_xdp(skel->progs.handle_xdp, ifindex);\n",
            [("handle_xdp", "xdp", 1)],
        ),
        ("load.go", NETLINK, [("to_pod", "tc-egress", 1)]),
        ("load.go", LINK, [("from_pod", "netkit-peer", 1)]),
        (
            "load.go",
            "\tnetlink.LinkSetXdpFd(l, objs.ProgramHandleXdp.FD())\n",
            [("handle_xdp", "xdp", 1)],
        ),
        (
            "load.sh",
            "tc filter add dev $DEV egress bpf direct-action obj pod.o sec to-host\n",
            [("to_host", "tc-egress", 1)],
        ),
        ("load.sh", "ip link set dev eth0 xdp obj pod.o sec other\n", []),
        (
            "load.py",
            "b.attach_xdp(device, b.load_func('handle_xdp'), 0)\n",
            [("handle_xdp", "xdp", 1)],
        ),
        (
            "load.py",
            "ipr.tc('add-filter', 'bpf', idx, name='to_pod', parent='ffff:fff3')\n",
            [("to_pod", "tc-egress", 1)],
        ),
        (
            "load.sh",
            "tc filter add dev $EGRESS_DEVICE ingress bpf direct-action obj pod.o sec to-host\n",
            [("to_host", "tc-ingress", 1)],
        ),
        (
            "load.c",
            "\t.attach_point = ingress ? BPF_TC_INGRESS : BPF_TC_EGRESS, .prog = from_pod\n"
            "\terr = bpf_tc_attach(&hook, &options); /* from_pod */\n",
            [("from_pod", "", 2)],
        ),
        (
            "load.rs",
            'let program: &mut SchedClassifier = ebpf.program_mut("to_pod").unwrap().try_into()?;\n'
            "program.attach(&device, TcAttachType::Egress)?;\n",
            [("to_pod", "tc-egress", 1)],
        ),
        ("pod.c", 'SEC("tc") int from_pod(void *c) { return bpf_tc_attach(0, 0); }\n', []),
    ],
)
def test_attachments(
    tmp_path: Path, name: str, text: str, expected: list[tuple[str, str, int]]
) -> None:
    found = loaders(tmp_path, name, text).attached(ENTRIES)
    assert [(one.entry, one.hook, one.said.line) for one in found] == expected


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("up.sh", "ip link add veth0 type veth peer name veth1 netns pod\n", "veth"),
        ("up.sh", "ip link add link eth0 name pod0 type ipvlan mode l3\n", "ipvlan"),
        ("up.go", "\tlink := &netlink.Netkit{Mode: netlink.NETKIT_MODE_L3}\n", "netkit"),
        ("up.py", 'ip.link("add", ifname="wg0", kind="wireguard")\n', "wireguard"),
        ("up.sh", "ip link add can0 type vcan\n", ""),
    ],
)
def test_devices(tmp_path: Path, name: str, text: str, kind: str) -> None:
    kinds = {"veth", "ipvlan", "netkit", "wireguard"}
    found = [(one, str(line)) for one, line in loaders(tmp_path, name, text).devices(kinds)]
    assert found == ([(kind, f"{name}:1: {text.strip()}")] if kind else [])


@pytest.mark.parametrize(
    ("name", "text", "written"),
    [
        ("load.c", "skel->rodata->uplink_ifindex = if_nametoindex(device);", True),
        ("load.c", "if (skel->rodata->uplink_ifindex == 0)", False),
        ("load.c", "int uplink_ifindex = 3;", False),
        ("load.go", 'spec.Variables["uplink_ifindex"].Set(index)', True),
        ("load.go", '"uplink_ifindex": uint32(link.Attrs().Index),', True),
        ("load.go", "UplinkIfindex: uint32(link.Attrs().Index),", True),
        ("load.sh", "clang -Duplink_ifindex=$INDEX", True),
    ],
)
def test_lines_that_write_a_number(tmp_path: Path, name: str, text: str, written: bool) -> None:
    found = list(loaders(tmp_path, name, text + "\n").written("settings.uplink_ifindex"))
    assert [one.text for one in found] == ([text] if written else [])


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("load.c", 'prog = bpf_object__find_program_by_name(obj, "from_pod");', True),
        ("load.c", "fd = bpf_program__fd(skel->progs.from_pod);", True),
        ("load.c", "static int from_pod(void);", False),
        ("load.go", "fd := objs.FromPod.FD()", True),
        ("load.go", "fromPod := 1", False),
    ],
)
def test_lines_that_name_a_program(tmp_path: Path, name: str, text: str, named: bool) -> None:
    found = list(loaders(tmp_path, name, text + "\n").named("from_pod"))
    assert [one.text for one in found] == ([text] if named else [])


@pytest.mark.parametrize(
    ("name", "text", "filled"),
    [
        ("load.c", "bpf_map_update_elem(map_fd(skel->maps.out_devices), &key, &to, 0);", True),
        ("load.c", 'fd = bpf_object__find_map_fd_by_name(obj, "out_devices");', False),
        ("load.go", "err := objs.OutDevices.Put(key, index)", True),
    ],
)
def test_lines_that_fill_a_map(tmp_path: Path, name: str, text: str, filled: bool) -> None:
    found = list(loaders(tmp_path, name, text + "\n").filled("out_devices"))
    assert [one.text for one in found] == ([text] if filled else [])


def test_writers_of_a_member_are_looked_for_where_its_record_is_named_first(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("other.ifindex = 1;\n")
    (tmp_path / "b.c").write_text("struct endpoint to;\nto.ifindex = 2;\n")
    found = Loaders(tmp_path, Reach(str(tmp_path)), KERNEL).written("endpoint.ifindex")
    assert [one.path for one in found] == ["b.c", "a.c"]


def test_nothing_outside_of_the_tree_is_read(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tmp_path / "load.sh").write_text("ip link add veth0 type veth\n")
    (tree / "load.sh").symlink_to(tmp_path / "load.sh")
    assert list(Loaders(tree, Reach(str(tree)), KERNEL).devices({"veth"})) == []
