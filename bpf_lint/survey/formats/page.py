"""A page of HTML that needs nothing else: no script, no font, nothing that is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from bpf_lint.model.printable import show_hidden

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { border: 1px solid #8886; padding: .3rem .6rem; text-align: left; vertical-align: top; }
thead th { position: sticky; top: 0; background: Canvas; }
td.there { text-align: center; }
code { font-size: .9em; overflow-wrap: anywhere; }
:root { color-scheme: light dark; }
"""


def text(plain: str) -> str:
    """Text in which nothing is markup, on one line."""
    return escape(" ".join(show_hidden(plain).split()))


def code(plain: str) -> str:
    """Text as code."""
    return f"<code>{text(plain)}</code>"


def several(parts: Sequence[str]) -> str:
    """HTML of a cell with several things in it."""
    if len(parts) < 2:
        return "".join(parts)
    return "<ul>" + "".join(f"<li>{part}</li>" for part in parts) + "</ul>"


def row(head: str, cells: Iterable[str], name: str = "") -> str:
    """A row with a head; all of it HTML."""
    own = f' id="{name}"' if name else ""
    return (
        f'<tr{own}><th scope="row">{head}</th>' + "".join(f"<td>{c}</td>" for c in cells) + "</tr>"
    )


def table(caption: str, heads: Sequence[str], rows: Iterable[str]) -> list[str]:
    """A table of rows."""
    top = "".join(f'<th scope="col">{head}</th>' for head in heads)
    start = [
        "<table>",
        f"<caption>{caption}</caption>",
        f"<thead><tr>{top}</tr></thead>",
        "<tbody>",
    ]
    return [*start, *rows, "</tbody>", "</table>"]


def page(title: str, body: Iterable[str]) -> str:
    """The whole page."""
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{text(title)}</title>",
            f"<style>{_STYLE}</style>",
            "</head>",
            "<body>",
            f"<h1>{text(title)}</h1>",
            "<main>",
            *body,
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )
