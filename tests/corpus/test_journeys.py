"""Journeys in pinned commits of Cilium: the four of a NodePort, and a mended asymmetry."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

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
