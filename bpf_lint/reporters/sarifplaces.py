"""Places in SARIF: artifacts, regions with their ends, snippets."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from bpf_lint.model.printable import show_hidden
from bpf_lint.reporters.places import Sources, utf16

Json = dict[str, Any]
ROOT = "%SRCROOT%"
MOST_SNIPPET = 400  # characters of a line; what is longer was generated


def location(path: str, line: int, column: int, sources: Sources) -> Json:
    """A place in a file of the repository."""
    region = _region(path, line, column, sources)
    return {"physicalLocation": {"artifactLocation": artifact(path), "region": region}}


def shown_location(path: str, line: int, column: int, sources: Sources) -> Json:
    """A place with its source, and with the lines around it."""
    place = location(path, line, column, sources)
    physical = place["physicalLocation"]
    span, lines = sources.span(path, line, column), sources.lines(path)
    if span is not None:
        first, last = max(line - 1, 1), min(line + 1, len(lines))
        text = "\n".join(one[:MOST_SNIPPET] for one in lines[first - 1 : last])
        physical["region"]["snippet"] = {"text": show_hidden(span.text)}
        context: Json = {"startLine": first, "endLine": last}
        physical["contextRegion"] = {**context, "snippet": {"text": show_hidden(text)}}
    return place


def artifact(path: str) -> Json:
    """A file relative to the repository's root; absolute paths lie outside of it."""
    if path.startswith("/"):
        return {"uri": "file://" + quote(path, errors="surrogateescape")}
    return {"uri": quote(path, errors="surrogateescape"), "uriBaseId": ROOT}


def _region(path: str, line: int, column: int, sources: Sources) -> Json:
    """Start and end in UTF-16 units; the start alone where there is no source."""
    start = {"startLine": max(line, 1), "startColumn": max(column, 1)}
    span = sources.span(path, line, column)
    if span is None:
        return start
    begin = utf16(span.before) + 1
    return {**start, "startColumn": begin, "endColumn": begin + utf16(span.text)}
