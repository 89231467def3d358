"""The HTML report without a browser: its data, its policy, and text that is no markup."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest

from bpf_lint.model.finding import Report, Step
from bpf_lint.reporters.registry import render
from tests.hostile import KINDS
from tests.reporters.samples import EMPTY, JOURNEYS, OPTIONS, POD, RICH, SERVICE, finding

MARKUP = "</script><script>alert(1)</script><img src=x onerror=alert(2)><!-- & \"' -->"


class Page(HTMLParser):
    """The elements of a page, with the attributes and the text of each kind."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)
        if tag in ("script", "style"):
            self.texts.setdefault(tag, []).append("")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("script", "style"):
            self.texts[self._open[-1]][-1] += data

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass


def page(report: Report = RICH) -> Page:
    return Page(render(report, "html", OPTIONS))


def data(report: Report = RICH) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page(report).texts["script"][0])
    return found


def test_findings_of_a_cause_stand_together_with_what_they_refer_to() -> None:
    told = data()
    assert [one["cause"] for one in told["findings"]] == [0, 0, 0]
    first = told["findings"][0]
    assert (first["path"], first["line"], first["rule"]) == (SERVICE, 89, "cross-netns-redirect")
    way = first["ways"][0]
    assert [told["steps"][n][0] for n in way["steps"]][:2] == ["entry", "call"]
    assert told["steps"][way["origin_steps"][-1]][2] == 41
    assert "ipvlan: tc-egress of pod-eth0" in way["label"]


def test_contexts_that_differ_in_their_configuration_alone_are_one() -> None:
    ways = data()["findings"][0]["ways"]
    assert ["default", "fast-redirect"] in [way["configurations"] for way in ways]


def test_lines_around_every_step_are_there_and_no_others() -> None:
    told = data()
    windows = told["files"][SERVICE]
    lines = {first + at: text for first, texts in windows for at, text in enumerate(texts)}
    assert lines[89].endswith("return bpf_redirect(state.ifindex, 0);")
    assert {40, 41, 88, 89, 90, 120} <= lines.keys()
    assert not {60, 70} & lines.keys()
    assert POD in told["files"]


def test_of_files_outside_of_the_tree_nothing_is_shown() -> None:
    outside = Step("call", "/etc/passwd", 1, 1, "calls x")
    first = finding().occurrences[0]
    one = finding(occurrences=(msgspec.structs.replace(first, trace=(outside, *first.trace)),))
    options = msgspec.structs.replace(OPTIONS, read_source=lambda _path: "root:x\n" * 130)
    shown = Page(render(Report(RICH.summary, (one,)), "html", options)).texts["script"][0]
    assert SERVICE in json.loads(shown)["files"]
    assert "/etc/passwd" not in json.loads(shown)["files"]


def test_links_to_findings_differ() -> None:
    twice = Report(RICH.summary, (finding(), finding(line=90), finding(line=91)))
    ids = [one["id"] for one in data(twice)["findings"]]
    assert ids == ["1f1f1f1f1f1f", "1f1f1f1f1f1f-2", "1f1f1f1f1f1f-3"]


def test_policy_allows_the_own_script_and_style_and_no_request() -> None:
    found = page()
    (policy,) = (
        attributes["content"] or ""
        for tag, attributes in found.elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    for tag, text in (("script", found.texts["script"][1]), ("style", found.texts["style"][0])):
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")
    assert not re.search(r"unsafe|https?:|data:|\*", policy)
    loading = {"src", "href", "srcset", "action", "poster", "data", "style", "onclick", "onerror"}
    for tag, attributes in found.elements:
        for name in loading & attributes.keys():
            assert (attributes[name] or "").startswith("#"), (tag, name)


@pytest.mark.parametrize("text", [MARKUP, *KINDS.values()])
def test_what_the_tree_chose_is_text(text: str) -> None:
    hostile = Report(
        msgspec.structs.replace(RICH.summary, notes=(text,), profile=text),
        (finding(path=text, function=text, message=text, fact=text, fingerprint=text),),
        (finding(rule=text),),
    )
    shown, usual = page(hostile), page()
    # Nothing but the rows of lists may be more or less than elsewhere.
    rows = ("li", "h3", "ul", "code", "ol")
    kinds = [[tag for tag, _ in one.elements if tag not in rows] for one in (shown, usual)]
    assert kinds[0] == kinds[1]
    told = json.loads(shown.texts["script"][0])
    assert len(told["findings"]) == 2


def test_a_page_without_findings_says_what_was_judged() -> None:
    text = render(EMPTY, "html", OPTIONS)
    assert data(EMPTY)["findings"] == []
    assert "plain/b.c: syntax error at line 3" in text
    assert "2 redirects: 2 judged" in text


def test_without_script_there_is_a_line_for_each_cause() -> None:
    text = render(RICH, "html", OPTIONS)
    plain = text.split("<noscript>")[1].split("</noscript>")[0]
    assert plain.count("<li>") == 1
    assert "datapath/lib/service.h:89:10" in plain
    assert "(3 sites)" in plain


DRAWN: Report = msgspec.structs.replace(RICH, journeys=JOURNEYS)


def test_journeys_are_drawn_and_findings_lead_to_those_that_they_break() -> None:
    text = render(DRAWN, "html", OPTIONS)
    assert text.count('<figure class="journey broken"') == 1
    assert text.count("<svg role=") == len(JOURNEYS)
    told = {one["line"]: one["journeys"] for one in data(DRAWN)["findings"]}
    assert told == {89: ["j0"], 90: ["j0"], 120: []}
    ids = re.findall(r' id="([^"]*)"', text)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("text", [MARKUP, *KINDS.values()])
def test_names_in_journeys_are_text(text: str) -> None:
    first = JOURNEYS[0]
    hops = tuple(
        msgspec.structs.replace(hop, name=text, netns=text, device=text, leaves=text, hook=text)
        for hop in first.hops
    )
    hostile = msgspec.structs.replace(first, mode=text, start=text, end=text, hops=hops)
    kinds = [
        [tag for tag, _ in page(msgspec.structs.replace(RICH, journeys=(one,))).elements]
        for one in (hostile, first)
    ]
    assert [t for t in kinds[0] if t != "text"] == [t for t in kinds[1] if t != "text"]
