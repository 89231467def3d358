"""Journeys of the example datapath, as they are drawn, compared with files under snapshots/.

Set BPF_LINT_UPDATE_SNAPSHOTS=1 to write them anew, then read the difference.
"""

import os
import re
import xml.etree.ElementTree as Xml
from pathlib import Path

import pytest

from bpf_lint.journeys import Choice, chosen
from bpf_lint.journeys.beside import beside, mismatches
from bpf_lint.model.journey import Journey
from bpf_lint.pipeline import Request, prepare, silent
from bpf_lint.pipeline.journeys import journeys
from bpf_lint.pipeline.stages import stages
from bpf_lint.reporters.journeys import mermaid, svg, text
from bpf_lint.reporters.paint import Paint
from tests.running import ROOT

FOLDER = Path(__file__).with_name("snapshots")
PAINT = Paint(False, False, 100, "")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def some() -> list[Journey]:
    setup = prepare(Request(paths=(str(ROOT / "examples" / "minidp" / "bpf"),), jobs=2))
    done = stages(setup, silent, passages=True)
    return journeys(setup, done.parsed, done.answers)


def between(some: list[Journey], start: str, end: str, mode: str) -> list[Journey]:
    return [one for one in chosen(some, Choice(start, end)) if one.mode == mode]


def compare(name: str, shown: str) -> None:
    path = FOLDER / name
    if os.environ.get("BPF_LINT_UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown)
    assert shown == path.read_text()


@pytest.mark.parametrize("mode", ["veth", "ipvlan", "netkit"])
@pytest.mark.parametrize(("start", "end"), [("wire", "pod"), ("pod", "wire"), ("wire", "wire")])
def test_text(some: list[Journey], mode: str, start: str, end: str) -> None:
    shown = text.listed(between(some, start, end, mode), PAINT, 0)
    compare(f"{mode}-{start}-{end}.txt", shown)


def test_the_four_journeys_of_a_nodeport(some: list[Journey]) -> None:
    """To a backend elsewhere and here, on veth and on ipvlan: the reply of the fourth is lost."""

    def calls(start: str, end: str, mode: str) -> set[tuple[str, str, bool]]:
        return {
            (hop.name, hop.verb, one.broken)
            for one in between(some, start, end, mode)
            for hop in one.hops
            if any("nodeport.h" in site.path or "local.h" in site.path for site in hop.sites)
        }

    for mode in ("veth", "ipvlan"):
        (first, *_) = between(some, "wire", "wire", mode)
        assert [hop.leaves for hop in first.hops[1:3]] == ["passes", "routed to uplink"]
    assert ("from-uplink", "redirect_peer", False) in calls("wire", "pod", "veth")
    assert calls("wire", "pod", "ipvlan") == set()
    assert calls("pod", "wire", "veth") == {("from-pod", "redirect", False)}
    assert calls("pod", "wire", "ipvlan") == {("from-pod", "redirect", True)}


def test_two_modes(some: list[Journey]) -> None:
    own = [between(some, "pod", "wire", mode) for mode in ("veth", "ipvlan")]
    compare("compared.txt", text.compared(beside(*own), ("veth", "ipvlan"), PAINT))


def test_both_ways(some: list[Journey]) -> None:
    ways = [between(some, *ends, "netkit") for ends in (("wire", "pod"), ("pod", "wire"))]
    compare("both-ways.txt", text.both_ways(ways[0], ways[1], mismatches(*ways), PAINT))


def test_mermaid(some: list[Journey]) -> None:
    compare("mermaid.md", mermaid.render(between(some, "pod", "wire", "ipvlan")))


def test_svg_has_a_title_and_a_description_and_a_box_for_each_station(some: list[Journey]) -> None:
    few = between(some, "pod", "wire", "ipvlan")
    root = Xml.fromstring(svg.document(few))
    assert root.find(f"{SVG}title") is not None
    described = root.find(f"{SVG}desc")
    assert described is not None
    assert "ipvlan: pod → wire, broken" in (described.text or "")
    boxes = [one for one in root.iter(f"{SVG}rect") if "j-box" in (one.get("class") or "")]
    assert len(boxes) == sum(len(one.hops) for one in few)
    ids = re.findall(r'id="([^"]*)"', svg.document(few))
    assert len(ids) == len(set(ids))


def test_a_passed_device_is_named_and_the_journeys_are_in_one_order(some: list[Journey]) -> None:
    keys = [(one.mode, one.start, one.end, len(one.hops)) for one in some]
    assert keys == sorted(keys)
