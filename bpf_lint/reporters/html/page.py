"""One self-contained file: the template with its style, its script and the data in it.

Nothing is loaded from anywhere: the page's policy allows its own script and style by their digests,
and no request. What the analysed tree chose is escaped here, or put into text nodes by the script.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files

from bpf_lint.model.finding import Finding, Report, Summary
from bpf_lint.reporters.bycause import by_cause
from bpf_lint.reporters.common import fact, flat, judged_line, place, plural, verdict_lines
from bpf_lint.reporters.footer import assumptions, cause_lines, headline
from bpf_lint.reporters.html.data import page_data
from bpf_lint.reporters.html.journeys import drawings
from bpf_lint.reporters.jsontext import json_text
from bpf_lint.reporters.options import Options

_SLOT = re.compile(r"<!--(\w+)-->")
# Inside of <script>, JSON must not end the element, nor begin a comment.
_IN_SCRIPT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def render(report: Report, options: Options) -> str:
    """The page."""
    style, script = _own("report.css"), _own("report.js")
    data = json_text(page_data(report, options), indent=0).strip()
    for sign, escaped in _IN_SCRIPT.items():
        data = data.replace(sign, escaped)
    since = f", new since {flat(options.new_since)}" if options.new_since else ""
    return _filled(
        _own("report.html"),
        {
            "policy": _policy(script, style),
            "style": style,
            "script": script,
            "data": data,
            "headline": escape(flat(headline(report)) + since),
            "assumptions": escape(flat(assumptions(report.summary))),
            "coverage": _coverage(report.summary),
            "journeys": drawings(report.journeys),
            "plain": _plain(report.findings, options),
            "version": escape(flat(options.version)),
        },
    )


def _own(name: str) -> str:
    """A file that comes with the report."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _filled(template: str, parts: Mapping[str, str]) -> str:
    """The template with its slots filled, in one pass: nothing in a part is a slot."""
    return _SLOT.sub(lambda slot: parts[slot[1]], template)


def _policy(script: str, style: str) -> str:
    """The content security policy: this script and this style, and nothing from anywhere."""
    return (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types"
    )


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _coverage(summary: Summary) -> str:
    """What was judged and what was not: figures, then lists."""
    judged = summary.judged
    known = judged.redirects - judged.unknown - judged.unattached
    figures = {
        "programs analysed": f"{summary.analysed} of {summary.programs}",
        "combinations of modes and configurations": str(summary.configurations),
        "redirects judged": f"{known} of {judged.redirects}",
        "redirects of unknown origin": str(judged.unknown),
        "redirects reached from no hook": str(judged.unattached),
        "tail calls without a known target": str(summary.unresolved_tail_calls),
    }
    rows = "".join(
        f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in figures.items()
    )
    lists = {
        "Not analysed": cause_lines(summary) or verdict_lines(summary),
        "Entries that redirect packets and are attached nowhere": judged.entries,
        "Programs in a prog array that no tail call leads to": judged.uncalled,
        "Named by the profile, and not in this tree": judged.outdated,
        "Notes": summary.notes,
    }
    told = "".join(_list(title, items) for title, items in lists.items() if items)
    return f"<dl class=figures>{rows}</dl>{told}<p>{escape(judged_line(summary))}</p>"


def _list(title: str, items: Sequence[str]) -> str:
    rows = "".join(f"<li>{escape(flat(item))}</li>" for item in items)
    return f"<h3>{escape(title)} ({len(items)})</h3><ul>{rows}</ul>"


def _plain(findings: tuple[Finding, ...], options: Options) -> str:
    """The findings where no script runs: a line for each cause."""
    rows = []
    for group in by_cause(findings, options.rules):
        first = group[0]
        at = place(first.path, first.line, first.column)
        more = f" ({plural(len(group), 'site')})" if len(group) > 1 else ""
        said = f"{flat(first.severity)}: {fact(first, options)} [{flat(first.rule)}]{more}"
        rows.append(f"<li><code>{escape(at)}</code> {escape(said)}</li>")
    return f"<ol>{''.join(rows)}</ol>" if rows else ""
