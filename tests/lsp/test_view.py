"""What an editor is told of a snapshot made by hand."""

from pathlib import Path

import msgspec
import pytest

pytest.importorskip("pygls")

from bpf_lint.lsp.view import View
from bpf_lint.model.finding import Argument
from bpf_lint.pipeline.editor import Remark, Snapshot
from tests.reporters.samples import SERVICE, finding


def snapshot(tmp_path: Path, text: str, **changes: object) -> Snapshot:
    path = tmp_path / SERVICE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n" * 88 + text + "\n")
    return Snapshot(str(tmp_path), (finding(**changes),))


def test_columns_count_utf16_units(tmp_path: Path) -> None:
    line = "\t/* \U0001f41d */ return bpf_redirect(state.ifindex, 0);"
    column = len(line[: line.index("state")].encode()) + 1
    one = snapshot(tmp_path, line, argument=Argument(SERVICE, 89, column, "state.ifindex"))
    view = View(one)
    ((found,),) = view.diagnostics().values()
    assert found.range.start.character == line.index("state") + 1
    assert found.range.end.character - found.range.start.character == len("state.ifindex")


def test_without_an_argument_the_name_of_the_call_is_marked(tmp_path: Path) -> None:
    view = View(snapshot(tmp_path, "  return bpf_redirect(1, 0);", argument=None))
    ((found,),) = view.diagnostics().values()
    assert (found.range.start.character, found.range.end.character) == (9, 21)


def test_a_line_that_is_gone_is_no_error(tmp_path: Path) -> None:
    one = snapshot(tmp_path, "x", line=500, argument=None)
    ((found,),) = View(one).diagnostics().values()
    assert found.range.start.line == 499


def test_the_comment_stands_above_in_the_lines_indent(tmp_path: Path) -> None:
    one = snapshot(tmp_path, "\t\treturn bpf_redirect(1, 0);")
    view = View(one)
    uri = view.uri(SERVICE)
    (each,) = view.findings(uri, 88)
    changes = view.suppression(uri, each).edit
    assert changes is not None
    assert changes.changes is not None
    (edit,) = changes.changes[uri]
    assert edit.new_text.startswith("\t\t/* bpf-lint: ignore[cross-netns-redirect] -- ")
    assert edit.range.start.line == 88


def test_names_that_hide_are_shown(tmp_path: Path) -> None:
    remark = Remark(SERVICE, 89, ("a\u202eb", "c", "d", "e"))
    view = View(msgspec.structs.replace(snapshot(tmp_path, "x"), entries=(remark,)))
    (lens,) = view.lenses(view.uri(SERVICE))
    assert lens.command is not None
    assert lens.command.title == "a\\u{202e}b | c | d and 1 more"
    assert "\u202e" not in view.hover(view.uri(SERVICE), 88)
