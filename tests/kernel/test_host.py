"""`init --from-host` on this machine's kernel: real namespaces, devices, programs and maps."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.sources.host.node import Node, node_of
from bpf_lint.sources.host.numbers import numbers_of
from bpf_lint.sources.host.taken import Taken, from_files, from_host
from tests.running import ROOT, lint_json, run_lint
from tests.toml import load_toml

from .harness import links, linux
from .harness.network import Network, NotRunError, links_of
from .named import TOPOLOGIES, differences
from .records import Device, topology

TOOLS = [name for name in ("ip", "tc", "bpftool", "clang") if shutil.which(name) is None]
pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root"),
    pytest.mark.skipif(bool(TOOLS), reason=f"not installed: {', '.join(TOOLS)}"),
]
NODE, POD = "bpf-lint-node", "bpf-lint-pod"
KERNEL = Catalogue(data_folder()).kernel
HEADERS = ROOT / "bpf_lint" / "frontend" / "include" / "kernel"
PROGRAM = """\
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct pod {
	__u32 ifindex;
	__u32 packets;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, struct pod);
} pods SEC(".maps");

SEC("tc")
int from_pod_with_a_long_name(struct __sk_buff *skb)
{
	__u32 key = skb->mark;
	struct pod *pod = bpf_map_lookup_elem(&pods, &key);

	return pod ? bpf_redirect(pod->ifindex, 0) : 0;
}

char _license[] SEC("license") = "GPL";
"""


def run(*words: str, where: str = "") -> str:
    inside = ("ip", "netns", "exec", where) if where else ()
    done = subprocess.run([*inside, *words], capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


@pytest.fixture(scope="module")
def namespaces() -> Iterator[None]:
    """A node's and a pod's namespace with a veth pair, whose numbers are no others'."""
    try:
        for name in (NODE, POD):
            run("ip", "netns", "add", name)
        peer = ("peer", "name", "eth0", "netns", POD)
        run("ip", "link", "add", "lxc1", "index", "77", "type", "veth", *peer, where=NODE)
        yield
    finally:
        for name in (NODE, POD):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


@pytest.fixture(scope="module")
def program(namespaces: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a program that is attached to the pair, its map filled."""
    folder = tmp_path_factory.mktemp("tree")
    (folder / ".git").mkdir()
    (folder / "pod.c").write_text(PROGRAM)
    flags = ("-O2", "-g", "-target", "bpf", f"-I{HEADERS}")
    run("clang", *flags, "-c", str(folder / "pod.c"), "-o", str(folder / "pod.o"))
    run("tc", "qdisc", "add", "dev", "lxc1", "clsact", where=NODE)
    filter_ = ("tc", "filter", "add", "dev", "lxc1", "ingress", "bpf", "da")
    run(*filter_, "obj", str(folder / "pod.o"), "sec", "tc", where=NODE)
    return folder


def node() -> tuple[Taken, Node]:
    taken = from_host()
    return taken, node_of(taken, KERNEL)


def test_the_ends_of_a_veth_pair_find_each_other(namespaces: None) -> None:
    _, found = node()
    lxc = found.devices[NODE, 77]
    assert (lxc.kind, lxc.name) == ("veth", "lxc1")
    assert lxc.peer is not None
    eth0 = found.devices[lxc.peer]
    assert (eth0.netns, eth0.name, eth0.kind, eth0.peer) == (POD, "eth0", "veth", (NODE, 77))
    assert found.devices[POD, 1].kind == "loopback"


def test_a_netkit_pair(namespaces: None) -> None:
    pod = os.open(f"/run/netns/{POD}", os.O_RDONLY)
    here = os.open(f"/run/netns/{NODE}", os.O_RDONLY)
    one, other = Device(88, "netkit", mode="l2"), Device(89, "netkit")
    try:
        with linux.inside(here):
            links.make_pair("nk0", one, "nk1", other, pod)
    except OSError as error:
        pytest.skip(f"no netkit devices here: {error.strerror}")
    finally:
        os.close(pod)
        os.close(here)
    _, found = node()
    assert (found.devices[NODE, 88].kind, found.devices[NODE, 88].peer) == ("netkit", (POD, 89))


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_devices_of_a_topology_are_what_they_were_made_as(name: str) -> None:
    try:
        with Network(topology(name)) as network:
            outputs = links_of(network)
    except NotRunError as error:
        pytest.skip(str(error))
    assert differences(name, outputs) == []


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("link lxc1 type ipvlan mode l2", "ipvlan"),
        ("link lxc1 type ipvlan mode l3s", "ipvlan-l3s"),
        ("link lxc1 type macvlan mode bridge", "macvlan"),
        ("type wireguard", "wireguard"),
        ("type vxlan external dstport 4799", "vxlan"),
        ("type bridge", "bridge"),
    ],
)
def test_kinds(namespaces: None, words: str, kind: str) -> None:
    place, _, options = words.rpartition("type ")
    try:
        run("ip", "link", "add", *place.split(), "name", "x0", "type", *options.split(), where=NODE)
    except OSError as error:
        pytest.skip(f"no {kind} devices here: {error}")
    try:
        _, found = node()
        (one,) = (d for (netns, _), d in found.devices.items() if (netns, d.name) == (NODE, "x0"))
        assert (one.kind, one.peer, one.away) == (kind, None, False)
        assert one.external is (kind == "vxlan")
    finally:
        run("ip", "link", "del", "x0", where=NODE)


def fill() -> None:
    """Let the program's map hold the number of the pair's end at the node."""
    taken, found = node()
    own = [one for one, users in found.users.items() if users == {NODE}]
    (number,) = (one for one in own if f"value-{one}" in taken)
    key, value = ("1", "0", "0", "0"), ("77", "0", "0", "0", "9", "0", "0", "0")
    run("bpftool", "map", "update", "id", str(number), "key", *key, "value", *value)


def test_a_program_and_the_member_of_its_map(program: Path) -> None:
    fill()
    taken, found = node()
    (one,) = (a for a in found.attachments if (a.netns, a.ifindex) == (NODE, 77))
    assert one.hook == "tc-ingress"
    assert "from_pod_with_a_long_name".startswith(one.program)
    told = {one.name: one for one in numbers_of(taken, found)}
    member = told["pod.ifindex"]
    assert (member.netns, member.values, member.sure) == (NODE, (77,), True)
    assert "pod.packets" not in told


def test_the_script_of_the_page_takes_the_same(program: Path, tmp_path: Path) -> None:
    fill()
    page = (ROOT / "docs" / "usage" / "from-a-node.md").read_text()
    script = page.partition("```sh\n")[2].partition("```")[0]
    subprocess.run(["bash", "-e"], input=script, text=True, cwd=tmp_path, check=True)
    taken = from_files([tmp_path / "node"])
    asked, found = node()
    told = node_of(taken, KERNEL)
    assert (told.devices, told.attachments) == (found.devices, found.attachments)
    assert numbers_of(taken, told) == numbers_of(asked, found)


def test_the_configuration_of_a_node_judges_its_program(program: Path) -> None:
    fill()
    done = run_lint("init", "--from-host", cwd=program)
    assert done.code == 0, done.stderr
    told = load_toml((program / "bpf-lint.toml").read_text())
    assert (told["devices"]["lxc1"]["netns"], told["devices"]["lxc1"]["peer_netns"]) == (NODE, POD)
    judged = lint_json(".", cwd=program).report["summary"]["judged"]
    assert (judged["redirects"], judged["unknown"], judged["entries"]) == (1, 0, [])
