"""Journeys in pinned commits of Cilium: the four of a NodePort, and mended asymmetries."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.corpus.data import extract
from tests.running import run_lint

pytestmark = pytest.mark.cilium

JUNE_2021 = "a12f4e4ba457df43495348c7baf2fdb57ce4ae93"
# "Perform reverse NAT at Host Interface": with NETFILTER_COMPAT_MODE, replies pass the stack as
# requests do.
MENDED = "dc4b06ef3b61c342b9fa5adf300898c97661bc25"

Journeys = list[dict[str, Any]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("june")
    extract(JUNE_2021, found)
    return found


@cache
def journeys(folder: Path, *options: str) -> Journeys:
    done = run_lint("journey", "--output-format", "json", *options, "bpf", cwd=folder, timeout=1800)
    assert done.code == 0, done.stderr
    found: Journeys = json.loads(done.stdout)["journeys"]
    return found


def decided(one: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What programs do with the packet: entry, what, where to."""
    return [
        (hop["name"], hop["verb"], hop["target"]) for hop in one["hops"] if hop["kind"] == "program"
    ]


def between(some: Journeys, start: str, end: str, mode: str) -> Journeys:
    return [o for o in some if (o["start"], o["end"], o["mode"]) == (start, end, mode)]


def test_the_four_journeys_of_a_nodeport(folder: Path) -> None:
    some = journeys(folder, "--mode", "veth", "--mode", "ipvlan")
    out = ("to-netdev", "pass", "")
    for mode in ("veth", "ipvlan"):  # a backend elsewhere: there and back the same
        ways = [decided(one) for one in between(some, "wire", "wire", mode)]
        assert [("from-netdev", "redirect", "eth0"), out] in ways
    ways = [decided(one) for one in between(some, "wire", "pod", "veth")]
    assert [("from-netdev", "redirect", "lxc")] in ways
    ways = [decided(one) for one in between(some, "wire", "pod", "ipvlan")]
    assert [("from-netdev", "pass", "")] in ways
    ways = [decided(one) for one in between(some, "pod", "wire", "veth")]
    assert [("from-container", "redirect", "eth0"), out] in ways
    lost = [one for one in between(some, "pod", "wire", "ipvlan") if one["broken"]]
    assert [("from-container", "redirect", "eth0")] in map(decided, lost)
    sites = {(s["path"], s["line"]) for o in lost for h in o["hops"] for s in h["sites"]}
    assert {("bpf/lib/nodeport.h", 1062), ("bpf/lib/nodeport.h", 2058)} <= sites


def test_under_veth_nothing_is_broken(folder: Path) -> None:
    some = journeys(folder, "--mode", "veth", "--mode", "ipvlan")
    assert not [one for one in some if one["mode"] == "veth" and one["broken"]]


@pytest.mark.parametrize(("commit", "around"), [(f"{MENDED}^", True), (MENDED, False)])
def test_replies_that_are_redirected_around_the_stack(
    commit: str, around: bool, tmp_path: Path
) -> None:
    extract(commit, tmp_path)
    options = ("--mode=veth", "--configurations=nodeport", "-DNETFILTER_COMPAT_MODE=1")
    some = journeys(tmp_path, *options)
    assert any("host" in one["stacks"] for one in between(some, "wire", "pod", "veth"))
    back = between(some, "pod", "wire", "veth")
    assert any(decided(one)[0][1] == "redirect" for one in back if decided(one)) == around
    done = run_lint(
        "journey", "--both-ways", "--from=wire", "--to=pod", *options, "bpf", cwd=tmp_path
    )
    assert ("≠ there" in done.stdout) == around


class Asymmetry(NamedTuple):
    """A fix after which packets pass the stack that had been redirected around it.

    Args:
        defines: What the agent defines with the options of the report.
        ends: Where its connections begin and end.
        way: The way that went around the stack, at `calls` (FILE:LINE before the fix, and after it
            where these calls still stand).
    """

    fix: str
    defines: tuple[str, ...]
    ends: tuple[str, str]
    way: str
    before: tuple[str, ...]
    after: tuple[str, ...] = ()


TUNNEL = ("TUNNEL_MODE=1", "ENCAP_IFINDEX=1")
ROUTES = ("ENABLE_ENDPOINT_ROUTES=1", "USE_BPF_PROG_FOR_INGRESS_POLICY=1", "NO_REDIRECT=1")
ASYMMETRIES = {
    # "Avoid redirect in bpf_netdev for NodePort": netfilter masquerades or drops the second reply.
    "nodeport-beside-iptables": Asymmetry(
        "4132b71e9abe1d14d204f5ac481b76cd88c32f9e",
        ("ENABLE_NODEPORT=1", "ENABLE_ROUTING=1", "NO_REDIRECT=1"),
        ("wire", "pod"),
        "there",
        ("bpf_lxc.c:855", "bpf_lxc.c:1055"),
    ),
    # "Do not bypass conntrack if running kube-proxy+vxlan+endpoint routes"
    "vxlan-beside-kube-proxy": Asymmetry(
        "ed68d2c488f5884ec6c8e44030ca0aa598154b47",
        (*TUNNEL, *ROUTES, "FORCE_LOCAL_POLICY_EVAL_AT_SOURCE=1"),
        ("pod", "wire"),
        "back",
        ("bpf_lxc.c:1004", "bpf_lxc.c:1248"),
    ),
    # "fix redirect when endpoint routes enabled", of decrypted packets
    "ipsec-with-endpoint-routes": Asymmetry(
        "287f49c293b31bc8044239fd29b27e829e798e80",
        ("ENABLE_IPSEC=1", "IP_POOLS=1", "ENCRYPT_IFACE=1", "IPV4_ENCRYPT_IFACE=1", *ROUTES),
        ("wire", "pod"),
        "there",
        ("encrypt.h:71",),
    ),
    # "fix iptables masquerading for node -> remote pod traffic"; neighbour solicitations of IPv6
    # skip the new test.
    "masquerading-by-iptables": Asymmetry(
        "31927a2e8db5c7ced889cc3618d2372ba4e999c9",
        ("ENABLE_HOST_FIREWALL=1", "ENABLE_ROUTING=1", "NO_REDIRECT=1"),
        ("wire", "pod"),
        "there",
        ("bpf_lxc.c:1155", "bpf_lxc.c:1464"),
        ("bpf_lxc.c:1155",),
    ),
}


@pytest.mark.parametrize("name", ASYMMETRIES)
def test_what_went_around_the_stack_before_a_fix(name: str, tmp_path: Path) -> None:
    one = ASYMMETRIES[name]
    for commit, left in ((f"{one.fix}^", one.before), (one.fix, one.after)):
        folder = tmp_path / commit
        extract(commit, folder)
        around = calls_around(folder, one)
        assert {call for call in around if call in one.before} == set(left), commit


def calls_around(folder: Path, one: Asymmetry) -> set[str]:
    """Calls (FILE:LINE) that lead one way around a stack that the other way passes."""
    defines = ", ".join(f'"{define}"' for define in one.defines)
    text = f'profile = "cilium"\n[configurations.own]\ndefines = [{defines}]\n'
    (folder / "bpf-lint.toml").write_text(text)
    ends = (f"--from={one.ends[0]}", f"--to={one.ends[1]}")
    options = ("--mode=veth", "--configurations=own", "--all")
    done = run_lint("journey", "--both-ways", *ends, *options, "bpf", cwd=folder)
    assert done.code == 0, done.stderr
    told = " ".join(done.stdout.partition("≠ ")[2].split())
    found = set()
    for listed in re.findall(rf"; {one.way} [\d, ]+: redirected around it at (.*?) \(own\)", told):
        for part in listed.split("; "):
            file, *lines = re.split(r",? ?:", part)
            found |= {f"{file}:{line}" for line in lines}
    return found
