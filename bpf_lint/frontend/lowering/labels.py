"""Labels that assembly statements name, which libclang does not tell."""

from __future__ import annotations

from bpf_lint.frontend import clang, kinds
from bpf_lint.frontend.lowering.function import Lowering
from bpf_lint.frontend.syntax import Syntax

Labels = dict[str, "int | None"]  # name -> identity of the label's statement


def labels_in_reach(low: Lowering, body: Syntax) -> dict[int | None, Labels]:
    """Return the labels that each assembly statement can name.

    A name that several blocks declare for themselves (`__label__`) is the nearest one around it.
    """
    found: dict[int | None, Labels] = {}

    def visit(node: Syntax) -> tuple[Labels, list[Labels]]:
        """Return the labels inside, and what is known so far of each assembly statement inside."""
        labels: Labels = {}
        waiting: list[Labels] = []
        if node.kind == kinds.LABEL:
            labels[clang.text(low.context.lib.clang_getCursorSpelling(node.cursor))] = (
                node.cursor.d1
            )
        elif node.kind == kinds.ASM:
            waiting.append(found.setdefault(node.cursor.d1, {}))
        for child in node.children:
            inner, asking = visit(child)
            for name, identity in inner.items():
                labels.setdefault(name, identity)
            waiting += asking
        for known in waiting:
            for name, identity in labels.items():
                known.setdefault(name, identity)
        return labels, waiting

    visit(body)
    return found
