"""A snapshot of a tree in the words of the protocol: ranges, diagnostics, hovers, lenses, actions.

Lines and characters are 0-based there, and characters are UTF-16 units.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from lsprotocol import types

from bpf_lint.lsp.hierarchy import Hierarchy
from bpf_lint.model.finding import Finding, Step
from bpf_lint.model.printable import safe, show_hidden
from bpf_lint.pipeline.editor import Remark, Snapshot
from bpf_lint.pipeline.source import Source
from bpf_lint.reporters.common import contexts, flat, group_label, origin_text, step_text
from bpf_lint.reporters.excerpt import before_column
from bpf_lint.reporters.places import utf16

SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}
SOURCE = "bpf-lint"
MOST_LABELS = 3


class View:
    """What an editor is told of a snapshot.

    Attributes:
        hierarchy: Its tail calls.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._source = Source(snapshot.root)
        self.hierarchy = Hierarchy(snapshot.jumps, self.uri, self._line)

    def problems(self) -> tuple[str, ...]:
        """What was not analysed, one line each."""
        return tuple(flat(one) for one in self._snapshot.problems)

    def diagnostics(self) -> dict[str, list[types.Diagnostic]]:
        """By URI, the findings of each file."""
        found: dict[str, list[types.Diagnostic]] = {}
        for one in self._snapshot.findings:
            found.setdefault(self.uri(one.path), []).append(self._diagnostic(one))
        return found

    def uri(self, path: str) -> str:
        """The address of a file."""
        return Path(self._snapshot.root, path).as_uri()

    def hover(self, uri: str, line: int) -> str:
        """What is known of a line, "" for nothing."""
        parts = [self._told(one) for one in self.findings(uri, line)]
        for remarks in (self._snapshot.entries, self._snapshot.calls):
            parts += ["\n".join(map(flat, one.texts)) for one in self._at(remarks, uri, line)]
        return "\n\n".join(dict.fromkeys(parts))

    def lenses(self, uri: str) -> list[types.CodeLens]:
        """Where each entry of a file is attached."""
        return [
            types.CodeLens(
                range=self._line(one.path, one.line),
                command=types.Command(title=_labels(one), command=""),
            )
            for one in self._snapshot.entries
            if self.uri(one.path) == uri
        ]

    def origins(self, uri: str, line: int) -> list[types.Location]:
        """Where the numbers of a line come from."""
        found: dict[tuple[str, int], types.Location] = {}
        for finding in self.findings(uri, line):
            for one in finding.occurrences:
                target = one.target
                if target is not None and target.path:
                    at = (target.path, target.line)
                    found[at] = types.Location(self.uri(target.path), self._line(*at))
        return list(found.values())

    def findings(self, uri: str, line: int) -> Iterator[Finding]:
        """Findings of a 0-based line: its call, or the number that is wrong in it."""
        for one in self._snapshot.findings:
            lines = {one.line - 1, *([one.argument.line - 1] if one.argument else ())}
            if self.uri(one.path) == uri and line in lines:
                yield one

    def suppression(self, uri: str, finding: Finding) -> types.CodeAction:
        """The action that writes a comment above the call; its reason is the user's to write."""
        text = self._source.line(finding.path, finding.line)
        indent = text[: len(text) - len(text.lstrip())]
        comment = f"{indent}/* bpf-lint: ignore[{finding.rule}] -- TODO: say why */\n"
        at = types.Position(finding.line - 1, 0)
        return types.CodeAction(
            title=f"Suppress {finding.rule} here, with a reason",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[self._diagnostic(finding)],
            edit=types.WorkspaceEdit(changes={uri: [types.TextEdit(types.Range(at, at), comment)]}),
        )

    # --- parts ---------------------------------------------------------------------------------

    def _diagnostic(self, one: Finding) -> types.Diagnostic:
        page = self._snapshot.pages.get(one.rule, "")
        parts = [one.fact or one.message, one.message if one.fact else "", one.suggestion]
        return types.Diagnostic(
            range=self._range(one),
            message="\n".join(flat(part) for part in parts if part),
            severity=SEVERITIES.get(one.severity, types.DiagnosticSeverity.Warning),
            code=one.rule,
            code_description=types.CodeDescription(page) if page else None,
            source=SOURCE,
            related_information=list(self._way(one)),
        )

    def _way(self, one: Finding) -> Iterator[types.DiagnosticRelatedInformation]:
        """Where the number comes from, the packet's path, what is right, of the first context."""
        occurrences = contexts(one)
        if not occurrences:
            return
        first = occurrences[0]
        origin = first.target.steps if first.target else ()
        for step in (*origin, *first.trace, *first.after):
            if step.path:
                yield self._related(step, step_text(step))
        if right := first.elsewhere:
            yield self._related(right, f"done right: {flat(right.text)}")

    def _related(self, step: Step, text: str) -> types.DiagnosticRelatedInformation:
        at = self._span(step.path, step.line, step.column, 0)
        location = types.Location(self.uri(step.path), at)
        return types.DiagnosticRelatedInformation(location, text)

    def _told(self, one: Finding) -> str:
        """A finding with all of its contexts."""
        lines = [f"{one.rule}: {flat(one.message)}"]
        for each in contexts(one):
            name = each.hook.configuration or "default"
            lines.append(f"{group_label(each)} [{flat(name)}]: {origin_text(each)}")
        return "\n".join(dict.fromkeys(lines))

    def _at(self, remarks: tuple[Remark, ...], uri: str, line: int) -> Iterator[Remark]:
        for one in remarks:
            if one.line - 1 == line and self.uri(one.path) == uri:
                yield one

    def _range(self, one: Finding) -> types.Range:
        """The argument that is wrong; the call's name where nobody knows it."""
        wrong = one.argument
        if wrong is not None and wrong.path == one.path:
            return self._span(wrong.path, wrong.line, wrong.column, utf16(wrong.text))
        return self._span(one.path, one.line, one.column, 0)

    def _line(self, path: str, line: int) -> types.Range:
        return self._span(path, line, 1, utf16(self._source.line(path, line).rstrip()))

    def _span(self, path: str, line: int, column: int, width: int) -> types.Range:
        """A range from a 1-based place whose columns count bytes; no width: the word there."""
        text = self._source.line(path, line)
        before = before_column(text, column)
        rest = text[len(before) :]
        word = len(rest) - len(rest.lstrip("".join(c for c in rest if c.isalnum() or c == "_")))
        start = utf16(before)
        at = max(line - 1, 0)
        return types.Range(
            types.Position(at, start), types.Position(at, start + (width or max(word, 1)))
        )


def _labels(one: Remark) -> str:
    """Where a function is attached; the rest of many contexts counted."""
    texts = [safe(show_hidden(text)) for text in one.texts]
    more = f" and {len(texts) - MOST_LABELS} more" if len(texts) > MOST_LABELS else ""
    return " | ".join(texts[:MOST_LABELS]) + more


def path_of(uri: str) -> str:
    """The path of a file's address."""
    from pygls.uris import to_fs_path

    return os.path.realpath(to_fs_path(uri) or "")
