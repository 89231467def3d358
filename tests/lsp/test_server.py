"""The language server, as an editor of our own sees it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lsp.client import Editor
from tests.running import ROOT

pytest.importorskip("pygls")

POD, NODEPORT, CONNTRACK = "pod.c", "lib/nodeport.h", "lib/conntrack.h"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "bpf"
    shutil.copytree(ROOT / "examples" / "minidp" / "bpf", target)
    return target.resolve()


@pytest.fixture
def editor(folder: Path, tmp_path: Path) -> Iterator[Editor]:
    with Editor(folder, "--cache-dir", str(tmp_path / "cache")) as opened:
        yield opened


def line_of(path: Path, text: str) -> int:
    """The 1-based line that holds a text."""
    return next(n for n, line in enumerate(path.read_text().split("\n"), 1) if text in line)


def test_from_the_first_look_to_the_mended_line(editor: Editor, folder: Path) -> None:
    text = (folder / POD).read_text()
    line = line_of(folder / POD, "redirect_neigh(UPLINK_IFINDEX")
    (found,) = editor.diagnostics(POD)
    assert found["code"] == "cross-netns-redirect"
    assert found["source"] == "bpf-lint"
    assert found["severity"] == 1
    assert found["range"]["start"]["line"] == found["range"]["end"]["line"] == line - 1
    start, end = (found["range"][name]["character"] for name in ("start", "end"))
    assert text.split("\n")[line - 1][start:end] == "UPLINK_IFINDEX"
    assert "a number of host" in found["message"]
    assert found["codeDescription"]["href"].startswith("https://")
    related = [one["message"] for one in found["relatedInformation"]]
    assert any("from-pod" in one for one in related)
    assert related[-1].startswith("done right: from-pod at ")

    _hovers(editor, folder, line)
    _lenses(editor, folder)
    _goes_to_the_origin(editor, folder)

    _walks_along_tail_calls(editor, folder)

    suppressed = _applied(text, _action(editor, line))
    editor.save(POD, suppressed.replace("TODO: say why", "a test"))
    assert editor.diagnostics(POD) == []
    editor.save(POD, text.replace("redirect_neigh(UPLINK_IFINDEX, NULL, 0, 0)", "VERDICT_PASS"))
    assert editor.ask("textDocument/codeAction", _span(editor, line)) == []


def _hovers(editor: Editor, folder: Path, line: int) -> None:
    told = editor.ask("textDocument/hover", editor.at(POD, line))
    assert told["contents"]["kind"] == "plaintext"
    text = told["contents"]["value"]
    assert (
        "ipvlan: tc-egress of pod-ipvlan (ipvlan), pod: bpf_redirect_neigh(UPLINK_IFINDEX)" in text
    )
    assert "looked up in pod, where it means another device or none" in text
    assert "veth: tc-ingress of pod (veth), host: bpf_redirect_neigh(UPLINK_IFINDEX)" in text
    assert editor.ask("textDocument/hover", editor.at(POD, 1)) is None


def _lenses(editor: Editor, folder: Path) -> None:
    lenses = editor.ask("textDocument/codeLens", {"textDocument": editor.document(POD)})
    titles = {one["range"]["start"]["line"] + 1: one["command"]["title"] for one in lenses}
    entry = line_of(folder / POD, "int from_pod(")
    assert "ipvlan: tc-egress of pod-ipvlan (ipvlan), pod" in titles[entry]
    assert "veth: tc-ingress of pod (veth), host" in titles[entry]
    assert len(titles) == 2


def _goes_to_the_origin(editor: Editor, folder: Path) -> None:
    line = line_of(folder / NODEPORT, "return ctx_redirect(ctx, ifindex, 0);")
    places = editor.ask("textDocument/definition", editor.at(NODEPORT, line))
    assert {one["uri"] for one in places} <= {editor.uri(CONNTRACK), editor.uri(NODEPORT)}
    assert places


def _walks_along_tail_calls(editor: Editor, folder: Path) -> None:
    line = line_of(folder / POD, "dp_tail_call(ctx, CALL_NODEPORT_REPLY4)")
    (item,) = editor.ask("textDocument/prepareCallHierarchy", editor.at(POD, line))
    assert item["name"] == "tail_ipv4"
    out = editor.ask("callHierarchy/outgoingCalls", {"item": item})
    assert "tail_nodeport_reply4" in {one["to"]["name"] for one in out}
    (came,) = editor.ask("callHierarchy/incomingCalls", {"item": item})
    assert came["from"]["name"] == "from_pod"
    assert came["fromRanges"][0]["start"]["line"] + 1 == line_of(
        folder / POD, "dp_tail_call(ctx, CALL_IPV4)"
    )


def _span(editor: Editor, line: int) -> dict[str, Any]:
    at = {"line": line - 1, "character": 0}
    return {
        "textDocument": editor.document(POD),
        "range": {"start": at, "end": at},
        "context": {"diagnostics": []},
    }


def _action(editor: Editor, line: int) -> dict[str, Any]:
    (action,) = editor.ask("textDocument/codeAction", _span(editor, line))
    assert action["kind"] == "quickfix"
    (edit,) = action["edit"]["changes"][editor.uri(POD)]
    found: dict[str, Any] = edit
    return found


def _applied(text: str, edit: dict[str, Any]) -> str:
    lines = text.split("\n")
    lines.insert(edit["range"]["start"]["line"], edit["newText"].rstrip("\n"))
    return "\n".join(lines)


def test_what_cannot_be_analysed_is_said(editor: Editor, folder: Path) -> None:
    editor.diagnostics(POD)
    editor.save(POD, (folder / POD).read_text() + '\n#include "missing.h"\n')
    assert "missing.h" in editor.said()
    editor.save("bpf-lint.toml", "modes = 3\n")
    assert "bpf-lint.toml" in editor.said()
