"""Names that the analysed tree chose are text in every drawing."""

import xml.etree.ElementTree as Xml

import msgspec
import pytest

from bpf_lint.journeys import few
from bpf_lint.model.journey import Hop, Journey
from bpf_lint.reporters.journeys import mermaid, svg, text
from bpf_lint.reporters.paint import Paint
from tests.hostile import KINDS, faults

MARKUP = "</text><script>alert(1)</script><!-- & \"]; click n0 href 'x' %% end\n```"
PAINT = Paint(False, False, 100, "")


def journey(name: str) -> Journey:
    hops = (
        Hop("start", name, name, leaves=name),
        Hop("program", name, name, name, name, name, "redirect", name, through=(name,)),
        Hop("lost", name, name, leaves=name),
    )
    return Journey(name, name, name, hops, (name,), (name,), broken=True)


@pytest.mark.parametrize("name", [MARKUP, *KINDS.values()])
def test_names_are_text(name: str) -> None:
    one = journey(name)
    drawn = svg.document([one])
    usual = svg.document([journey("name")])
    assert [e.tag for e in Xml.fromstring(drawn).iter() if not e.tag.endswith("text")] == [
        e.tag for e in Xml.fromstring(usual).iter() if not e.tag.endswith("text")
    ]
    shown = text.listed([one], PAINT, 0)
    chart = mermaid.render([one])
    assert chart.count("```") == 2
    assert "<script" not in chart + drawn
    for part in (drawn, shown, chart):
        hidden = {c for c in part if not c.isprintable() and c != "\n"}
        assert not hidden
    assert not faults(chart)


def test_the_others_of_many_are_counted() -> None:
    some = [
        msgspec.structs.replace(journey("n"), broken=False, configurations=(str(number),))
        for number in range(12)
    ]
    assert "and 4 longer ones (--all)" in text.listed(some, PAINT, 8)
    assert len(few(some, 8)) == 8
    assert len(few(some, 0)) == 12
