"""The language server, as editors see it that pytest-lsp knows the capabilities of."""

import asyncio
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.running import ROOT

pytest_lsp = pytest.importorskip("pytest_lsp")
types = pytest.importorskip("lsprotocol.types")

EDITORS = ("neovim", "visual-studio-code", "emacs")
PATIENCE = 120  # seconds


@pytest.mark.parametrize("editor", EDITORS)
@pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning")
def test_an_editor_is_told_what_it_can_show(editor: str, tmp_path: Path) -> None:
    folder = (tmp_path / "bpf").resolve()
    shutil.copytree(ROOT / "examples" / "minidp" / "bpf", folder)
    asyncio.run(asyncio.wait_for(_talk(editor, folder), PATIENCE))


async def _talk(editor: str, folder: Path) -> None:
    """From the start to the end, past a finding; each answer is held against what it can show."""
    client = pytest_lsp.make_test_lsp_client()
    own = ("--cache-dir", str(folder.parent / "cache"))
    await client.start_io(
        sys.executable, "-m", "bpf_lint", "lsp", *own, cwd=folder, env=_environment()
    )
    told = types.InitializeParams(
        capabilities=pytest_lsp.client_capabilities(editor), root_uri=folder.as_uri()
    )
    answer = await client.initialize_session(told)
    assert answer.capabilities.hover_provider
    pod = folder / "pod.c"
    text = pod.read_text()
    document = types.TextDocumentItem(pod.as_uri(), "c", 1, text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(document))
    while pod.as_uri() not in client.diagnostics:
        await client.wait_for_notification("textDocument/publishDiagnostics")
    (found,) = client.diagnostics[pod.as_uri()]
    line = found.range.start.line
    assert "redirect_neigh(UPLINK_IFINDEX" in text.split("\n")[line]
    await _asks(client, types.TextDocumentIdentifier(pod.as_uri()), found, text.split("\n"))
    await client.shutdown_session()
    assert client._server.returncode == 0


async def _asks(client: Any, document: Any, found: Any, lines: list[str]) -> None:
    """Hover, code lens and code action at a finding, and call hierarchy at a tail call."""
    hover = await client.text_document_hover_async(types.HoverParams(document, found.range.start))
    assert "looked up in pod" in hover.contents.value
    lenses = await client.text_document_code_lens_async(types.CodeLensParams(document))
    assert len(lenses) == 2
    context = types.CodeActionContext([found])
    actions = await client.text_document_code_action_async(
        types.CodeActionParams(document, found.range, context)
    )
    assert [one.kind for one in actions] == [types.CodeActionKind.QuickFix]
    tail = "dp_tail_call(ctx, CALL_NODEPORT_REPLY4)"
    call = next(number for number, text in enumerate(lines) if tail in text)
    (item,) = await client.text_document_prepare_call_hierarchy_async(
        types.CallHierarchyPrepareParams(document, types.Position(call, 0))
    )
    assert item.name == "tail_ipv4"


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}
