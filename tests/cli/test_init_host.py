"""`init --from-json`: a configuration from what `ip` and `bpftool` said on a node."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bpf_lint.model.printable import safe
from tests.cli.conftest import Lint
from tests.toml import load_toml

PROGRAM = """\
#define SEC(name) __attribute__((section(name), used))
typedef unsigned int __u32;
#define __uint(name, val) int (*name)[val]
#define __type(name, val) val *name
struct __sk_buff { int ifindex; int mark; };
struct flow { __u32 ifindex; };
struct { __uint(type, 1); __type(key, __u32); __type(value, struct flow); __uint(max_entries, 9); }
	flows __attribute__((section(".maps"), used));
static long (*bpf_redirect)(int ifindex, unsigned long long flags) = (void *)23;
static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
volatile const __u32 uplink_ifindex;

SEC("tc") int from_pod_by_flow(struct __sk_buff *skb)
{
	__u32 key = skb->mark;
	struct flow *flow = bpf_map_lookup_elem(&flows, &key);

	return flow ? bpf_redirect(flow->ifindex, 0) : 0;
}

SEC("tc") int to_uplink(struct __sk_buff *skb)
{
	return bpf_redirect(uplink_ifindex, 0);
}
"""


def device(ifindex: int, name: str, kind: str = "", **more: Any) -> dict[str, Any]:
    info = {"linkinfo": {"info_kind": kind}} if kind else {}
    return {"ifindex": ifindex, "ifname": name, "link_type": "ether", **info, **more}


def across(index: int) -> dict[str, int]:
    return {"link_index": index, "link_netnsid": 0}


# A node with two pods on ipvlan slaves, and a veth pair.
NODE: dict[str, Any] = {
    "ip": [device(3, "eth0"), device(4, "eth1"), device(9, "gw0", "veth", **across(2))],
    "net": [{"tc": [{"ifindex": 9, "kind": "tcx/ingress", "prog_id": 8}]}],
    "pod-1.ip": [device(2, "eth0", "ipvlan", **across(3))],
    "pod-1.net": [{"tc": [{"ifindex": 2, "kind": "clsact/egress", "id": 7}]}],
    "pod-2.ip": [device(5, "eth0", "ipvlan", **across(3))],
    "pod-2.net": [{"tc": [{"ifindex": 5, "kind": "clsact/egress", "id": 7}]}],
    "proxy.ip": [device(2, "peer0", "veth", **across(9))],
    # The kernel keeps 15 characters of a name.
    "prog": [{"id": 7, "name": "from_pod_by_flo", "map_ids": [1]}, {"id": 8, "name": "to_uplink"}],
    "map": [{"id": 1, "btf_id": 5}, {"id": 2, "btf_id": 5}],
    "map-1": [{"formatted": {"value": {"ifindex": 3}}}, {"formatted": {"value": {"ifindex": 4}}}],
    "value-1": {
        "types": [
            {
                "id": 1,
                "kind": "STRUCT",
                "name": "flow",
                "members": [{"name": "ifindex", "type_id": 2}],
            }
        ]
    },
    "map-2": [{"formatted": {"value": {".rodata": [{"uplink_ifindex": 3}]}}}],
}


@pytest.fixture
def tree(project: Path) -> Path:
    (project / "bpf" / "bpf-lint.toml").unlink()
    (project / "bpf" / "pod.c").write_text(PROGRAM)
    return project


def write(folder: Path, node: dict[str, Any]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, value in node.items():
        (folder / f"{name}.json").write_text(json.dumps(value))
    return folder


def test_what_a_node_says_is_enough_to_judge(lint: Lint, tree: Path) -> None:
    done = lint("init", "bpf", "--from-json", write(tree / "node", NODE))
    assert done.code == 0, done.err
    found = lint("bpf", "--output-format", "json")
    assert found.err == ""
    (finding,) = found.report["findings"]
    assert (finding["rule"], finding["function"]) == ("cross-netns-redirect", "from_pod_by_flow")
    (context,) = finding["contexts"]
    assert (context["hook"], context["device_kind"], context["skb_netns"]) == (
        "tc-egress",
        "ipvlan",
        "pod-1",
    )
    assert found.report["summary"]["judged"]["unknown"] == 0


def test_devices_that_are_alike_stand_together(lint: Lint, tree: Path) -> None:
    text = lint("init", "bpf", "--stdout", "--from-json", write(tree / "node", NODE)).out
    devices = load_toml(text)["devices"].items()
    assert {name: (d["kind"], d["netns"], d.get("peer_netns")) for name, d in devices} == {
        "eth0": ("ethernet", "host", None),
        "gw0": ("veth", "host", "proxy"),
        "pod-1-eth0": ("ipvlan", "pod-1", None),
        "peer0": ("veth", "proxy", "host"),
    }  # fmt: skip
    assert "# eth0 (netns pod-1), eth0 (netns pod-2)" in text


def test_single_files_do_as_well(lint: Lint, tree: Path) -> None:
    folder = write(tree / "node", NODE)
    done = lint(
        "init",
        "bpf",
        "--stdout",
        "--from-json",
        folder / "ip.json",
        "--from-json",
        folder / "net.json",
    )
    assert load_toml(done.out)["devices"]["gw0"]["kind"] == "veth"
    assert "# peer_netns" in done.out
    assert "no file of this tree has such a function" in done.out


def test_a_recognised_project_gets_comments(lint: Lint, tree: Path) -> None:
    (tree / "bpf" / "bpf_lxc.c").write_text('__section("from-container")\n')
    (tree / "bpf" / "init.sh").write_text('"ipvlan"\n')
    text = lint("init", "bpf", "--stdout", "--from-json", write(tree / "node", NODE)).out
    assert load_toml(text) == {"profile": "cilium"}
    assert '# [devices."gw0"]' in text


@pytest.mark.parametrize(
    "name",
    ['"]\n[x]\na = """', "a\x1b[31mred", "b\u202etxt", "::error::no", "\\", "a" * 10_000],
)
def test_names_are_only_names(lint: Lint, tree: Path, name: str) -> None:
    hostile = {
        "ip": [device(2, name), device(3, "x", name)],
        "net": [{"tc": [{"ifindex": 2, "kind": "tcx/egress", "prog_id": 8},
                        {"ifindex": 3, "kind": name, "prog_id": 8}]}],
        "prog": [{"id": 8, "name": name}],
        "map": [{"id": 1, "btf_id": 5}],
        "map-1": [{"formatted": {"value": {".rodata": [{f"{name}ifindex": 3}]}}}],
    }  # fmt: skip
    done = lint("init", "bpf", "--stdout", "--from-json", write(tree / "node", hostile))
    assert set(load_toml(done.out)) == {"front_end", "devices", "symbols"}
    assert all(safe(line) == line for line in done.out.split("\n"))
    assert not any(line.startswith("::") for line in done.out.split("\n"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from-json", "empty"), "no devices in nothing"),
        (("--from-json", "nowhere"), "does not exist"),
        (("--from-json", "empty", "--from-host"), "does not go with"),
        (("--from-json", "wrong"), "prog: not what was expected"),
    ],
)
def test_what_cannot_be_used(lint: Lint, tree: Path, arguments: tuple[str, ...], said: str) -> None:
    write(tree / "empty", {})
    write(tree / "wrong", {"ip": NODE["ip"], "prog": {"id": 5}})
    done = lint("init", "bpf", "--stdout", *arguments)
    assert (done.code, said in done.err) == (2, True), done.err
