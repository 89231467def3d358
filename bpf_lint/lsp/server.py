"""The server: what an editor asks for, and what it is told without asking."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from bpf_lint import __version__
from bpf_lint.lsp.analysis import Analyses
from bpf_lint.lsp.view import View
from bpf_lint.model.errors import InputError
from bpf_lint.pipeline.editor import Snapshot

CONFIGURATION = "bpf-lint.toml"
ENDINGS = (".c", ".h", ".toml")


class Server:
    """One workspace of one editor.

    Args:
        options: Options of each analysis, as on the command line; no paths.
        paths: What is analysed, from the workspace's folder; empty for what lies around the
            nearest configuration, else the whole workspace.
    """

    def __init__(self, options: Sequence[str], paths: Sequence[str]) -> None:
        self._options = tuple(options)
        self._paths = tuple(paths)
        self._view = View(Snapshot(os.curdir))
        self._told: set[str] = set()
        self._analyses: Analyses | None = None
        self.protocol = LanguageServer("bpf-lint", __version__)
        self._offer()

    def serve(self, reads: BinaryIO, writes: BinaryIO) -> None:
        """Serve until the editor leaves."""
        self.protocol.start_io(reads, writes)

    def _offer(self) -> None:
        """Register what is offered."""
        handlers: dict[str, tuple[Callable[..., Any], Any]] = {
            types.INITIALIZED: (self._initialized, None),
            types.SHUTDOWN: (self._stopped, None),
            types.TEXT_DOCUMENT_DID_OPEN: (self._opened, None),
            types.TEXT_DOCUMENT_DID_SAVE: (self._saved, types.SaveOptions(include_text=False)),
            types.TEXT_DOCUMENT_HOVER: (self._hover, None),
            types.TEXT_DOCUMENT_DEFINITION: (self._definition, None),
            types.TEXT_DOCUMENT_CODE_LENS: (self._lenses, None),
            types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY: (self._hierarchy, None),
            types.CALL_HIERARCHY_INCOMING_CALLS: (self._incoming, None),
            types.CALL_HIERARCHY_OUTGOING_CALLS: (self._outgoing, None),
            types.TEXT_DOCUMENT_CODE_ACTION: (
                self._actions,
                types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix]),
            ),
        }
        for name, (handler, options) in handlers.items():
            # The library marks what it is given, and methods take no marks.
            self.protocol.feature(name, options)(partial(handler))

    # --- analyses ------------------------------------------------------------------------------

    async def _initialized(self, _params: Any) -> None:
        if self._paths or self._configured(self._folder()):
            await self._analyse(self._folder())

    def _stopped(self, *_nothing: Any) -> None:
        if self._analyses is not None:
            self._analyses.stop()

    async def _opened(self, params: types.DidOpenTextDocumentParams) -> None:
        if self._analyses is None:
            await self._analyse(self._around(params.text_document.uri))

    async def _saved(self, params: types.DidSaveTextDocumentParams) -> None:
        if params.text_document.uri.endswith(ENDINGS):
            await self._analyse(self._around(params.text_document.uri))

    async def _analyse(self, folder: str) -> None:
        """Analyse anew, and tell what is found; what was found in other files is taken back."""
        if self._analyses is None:
            paths = self._paths or (folder,)
            self._analyses = Analyses([*self._options, *paths], self._folder())
        try:
            found = await self._analyses.latest()
        except InputError as error:
            self._say(types.MessageType.Error, str(error))
            return
        if found is None:
            return
        self._view = View(found)
        for text in self._view.problems():
            self._say(types.MessageType.Warning, text)
        self._publish()
        if self._refreshes():
            self.protocol.workspace_code_lens_refresh(None)

    def _publish(self) -> None:
        found = self._view.diagnostics()
        for uri in sorted(self._told | found.keys()):
            self.protocol.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(uri, found.get(uri, []))
            )
        self._told = set(found)

    def _say(self, kind: types.MessageType, text: str) -> None:
        self.protocol.window_log_message(types.LogMessageParams(kind, text))

    def _refreshes(self) -> bool:
        """True where the editor can be asked to draw its lenses anew."""
        workspace = self.protocol.client_capabilities.workspace
        lens = workspace.code_lens if workspace else None
        return bool(lens and lens.refresh_support)

    def _folder(self) -> str:
        """The folder of the workspace."""
        return os.path.realpath(self.protocol.workspace.root_path or os.curdir)

    def _around(self, uri: str) -> str:
        """The nearest folder around a file that has a configuration, else the workspace's."""
        from bpf_lint.lsp.view import path_of

        root = self._folder()
        for folder in Path(path_of(uri)).parents:
            if not folder.is_relative_to(root):
                break
            if self._configured(str(folder)):
                return str(folder)
        return root

    def _configured(self, folder: str) -> bool:
        return os.path.isfile(os.path.join(folder, CONFIGURATION))

    # --- what is asked for ---------------------------------------------------------------------

    def _hover(self, params: types.HoverParams) -> types.Hover | None:
        text = self._view.hover(params.text_document.uri, params.position.line)
        # As plain text: names and source are a stranger's, and nothing in them is markup.
        content = types.MarkupContent(types.MarkupKind.PlainText, text)
        return types.Hover(content) if text else None

    def _definition(self, params: types.DefinitionParams) -> list[types.Location]:
        return self._view.origins(params.text_document.uri, params.position.line)

    def _lenses(self, params: types.CodeLensParams) -> list[types.CodeLens]:
        return self._view.lenses(params.text_document.uri)

    def _hierarchy(self, params: types.CallHierarchyPrepareParams) -> list[types.CallHierarchyItem]:
        return self._view.hierarchy.at(params.text_document.uri, params.position.line)

    def _incoming(
        self, params: types.CallHierarchyIncomingCallsParams
    ) -> list[types.CallHierarchyIncomingCall]:
        return self._view.hierarchy.incoming(params.item)

    def _outgoing(
        self, params: types.CallHierarchyOutgoingCallsParams
    ) -> list[types.CallHierarchyOutgoingCall]:
        return self._view.hierarchy.outgoing(params.item)

    def _actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        uri = params.text_document.uri
        lines = range(params.range.start.line, params.range.end.line + 1)
        found = {f.fingerprint: f for line in lines for f in self._view.findings(uri, line)}
        return [self._view.suppression(uri, one) for one in found.values()]
