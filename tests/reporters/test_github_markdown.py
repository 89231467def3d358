"""The comment of a pull request, read by GitHub's own renderer of Markdown."""

import re

import pytest

from bpf_lint.model.finding import Report
from bpf_lint.reporters.registry import render
from tests.reporters.samples import ALONE, EMPTY, OPTIONS, RICH, TOGETHER, finding

cmarkgfm = pytest.importorskip("cmarkgfm")
MARKUP = "</td>|<b>[a](http://x)</b><script>x()</script>\n\n# head\n- item\n```\n~~gone~~ `code`"


def rendered(report: Report) -> str:
    """HTML as GitHub makes it, before its own filter of tags."""
    text = render(report, "markdown", OPTIONS)
    unsafe = cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE
    html: str = cmarkgfm.github_flavored_markdown_to_html(text, unsafe)
    return html


@pytest.mark.parametrize(("report", "causes"), [(RICH, 1), (TOGETHER, 1), (ALONE, 1), (EMPTY, 0)])
def test_a_row_a_fold_and_a_picture_for_each_cause(report: Report, causes: int) -> None:
    html = rendered(report)
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    assert body.count("<tr>") == causes
    assert body.count("<td>") == 4 * causes
    assert html.count("<details>") == html.count("</details>") == causes
    pictures = re.findall(r'<pre lang="mermaid"><code>(.*?)</code></pre>', html, re.DOTALL)
    assert len(pictures) == causes
    assert all(one.startswith("flowchart LR\n") for one in pictures)
    assert "```" not in html and "**" not in html  # nothing has stayed as it was typed


def test_what_a_tree_says_is_no_markup() -> None:
    one = finding(message=MARKUP, function=MARKUP, statement=MARKUP, path=f"{MARKUP}.c")
    html = rendered(Report(RICH.summary, (one,)))
    for tag in ("<b>", "<a ", "<script>", "<del>", "<h1>", "<code>code"):
        assert tag not in html
    assert html.count("<td>") == html.count("</td>") == 4
