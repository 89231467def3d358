"""The comment for pull requests: size, diagram, and text that is no markup."""

import msgspec
from markdown_it import MarkdownIt

from bpf_lint.model.finding import Report
from bpf_lint.reporters.registry import render
from tests.reporters.samples import EMPTY, OPTIONS, RICH, finding, rule


def test_table_and_folded_parts_are_read_as_such() -> None:
    html = MarkdownIt("commonmark").enable("table").render(render(RICH, "markdown", OPTIONS))
    causes = 1
    assert html.count("<tr>") == 1 + causes
    assert html.count("<details>") == html.count("</details>") == causes
    assert html.count('class="language-mermaid"') == causes
    assert "3 sites in all" in html
    assert html.count("<li>") >= len(RICH.findings[1].occurrences[0].trace)


def test_comment_fits_and_counts_the_rest() -> None:
    findings = tuple(finding(line=n, cause=f"{n:032x}") for n in range(1, 400))
    text = render(Report(RICH.summary, findings), "markdown", OPTIONS)
    assert len(text) <= 65536
    assert "more causes do not fit here" in text
    assert "… and 349 more" in text
    assert text.count("<details>") == text.count("</details>") > 5


def test_diagram_has_a_box_for_each_namespace() -> None:
    text = render(RICH, "markdown", OPTIONS)
    diagram = text.split("```mermaid\n")[1].split("```")[0]
    assert 'subgraph own["netns pod: skb-#62;dev = pod-eth0"]' in diagram
    assert 'subgraph other["netns host"]' in diagram
    assert "hook --> hop0 --> site" in diagram
    assert "origin --> writer" in diagram
    assert 'map[("map ct_map")]' in diagram
    assert "writer -. stores .-> map -. ifindex .-> site" in diagram
    assert diagram.count("subgraph") == diagram.count("  end\n") == 2


def test_source_is_no_markup() -> None:
    evil = finding(
        message="<img src=x> @team [a](http://x) `code` | cell #12",
        function="f|g",
        path="a`b|c.h",
        statement='x = "]]"; %% click call "href"',
    )
    html = (
        MarkdownIt("commonmark")
        .enable("table")
        .render(render(Report(RICH.summary, (evil,)), "markdown", OPTIONS))
    )
    assert "<img" not in html
    assert "<a " not in html
    assert "@team" not in html
    row = html.split("<tbody>")[1].split("</tbody>")[0]
    assert row.count("<td>") == 4


def test_new_since_is_in_the_heading() -> None:
    options = msgspec.structs.replace(OPTIONS, new_since="v1.2")
    assert "1 cause, 3 new findings since <code>v1.2</code>" in render(RICH, "markdown", options)
    assert "no new findings since" in render(EMPTY, "markdown", options)


def test_names_are_no_markup() -> None:
    name = "a/![x](http://h/`y`)**b**/__c__@me<i>~~d~~.c"
    report = Report(RICH.summary, (finding(path=name, function="__start__"),))
    html = (
        MarkdownIt("commonmark")
        .enable(["table", "strikethrough"])
        .render(render(report, "markdown", OPTIONS))
    )
    shown = name.replace("<", "&lt;").replace(">", "&gt;")
    assert f"<code>{shown}" in html
    assert "<code>__start__</code>" in html
    assert "_<em>" not in html
    for tag in ("<img", "<strong>b", "<strong>start", "<s>", "<i>", "<code>y", "<a "):
        assert tag not in html


def test_a_title_is_no_markup_either() -> None:
    title = "@team [a](http://x) ![b](y) <b>c</b> www.example.org #12 `d`"
    options = msgspec.structs.replace(OPTIONS, rules={"mine": rule("mine", title)})
    text = render(Report(RICH.summary, (finding(rule="mine"),)), "markdown", options)
    html = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    for markup in ("<a ", "<img", "<b>", "<code>d<"):
        assert markup not in html
    # What GitHub turns into links and mentions before or after Markdown is no Markdown.
    for raw in ("@team", "www.example", "#12", "http://"):
        assert raw not in text
