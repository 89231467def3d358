"""A history as a page of HTML: findings, and a table of releases with a column a finding."""

from __future__ import annotations

from bpf_lint.survey.formats import words
from bpf_lint.survey.formats.page import code, page, row, several, table, text
from bpf_lint.survey.history import History, Lasting, Release


def render(history: History) -> str:
    """The page."""
    body = [f"<p>{text(words.headline(history))}.</p>"]
    if history.findings:
        heads = ["", "where", "what", "rule", "present", "since", "gone with"]
        rows = [_finding(history, one) for one in history.findings]
        body += table("Findings", heads, rows)
        marks = [f'<a href="#f{one.number}">{one.number}</a>' for one in history.findings]
        rows = [_release(history, one) for one in history.releases]
        body += table("Releases", ["release", "date", *marks], rows)
    left = words.open_ends(history)
    body += ["<ul>", *(f"<li>{text(one)}</li>" for one in left), "</ul>"] if left else []
    return page("Findings by release", body)


def _finding(history: History, one: Lasting) -> str:
    modes = f" ({text(', '.join(one.last.modes))})" if one.last.modes else ""
    unknown = f"; not known: {text(words.ranges(history, one.unknown))}" if one.unknown else ""
    cells = [
        f"{code(words.where(one))} in {code(one.last.function)}",
        text(words.what(one)),
        code(one.last.rule) + modes,
        text(words.ranges(history, one.releases)) + unknown,
        several([text(each) for each in words.since(history, one)]),
        several([text(each) for each in words.gone(history, one)]) or words.NONE,
    ]
    return row(str(one.number), cells, f"f{one.number}")


def _release(history: History, one: Release) -> str:
    if one.failed:
        cells = [f'<td colspan="{len(history.findings)}">{text(words.verdict(one))}</td>']
    else:
        cells = [_mark(one, each) for each in history.findings]
    date = f"<td>{text(one.date)}</td>"
    return f'<tr><th scope="row">{text(one.name)}</th>{date}{"".join(cells)}</tr>'


def _mark(one: Release, finding: Lasting) -> str:
    if finding.number in one.findings:
        return f'<td class="there"><abbr title="finding {finding.number}">●</abbr></td>'
    return f"<td>{'?' if one.name in finding.unknown else ''}</td>"
