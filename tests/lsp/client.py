"""An editor of our own: speaks the protocol with a server that runs as editors start it."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.running import ROOT

PATIENCE = 120  # seconds


class Editor:
    """A workspace that is open in an editor."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bpf_lint", "lsp", *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._incoming: queue.Queue[dict[str, Any]] = queue.Queue()
        self.logged: list[str] = []
        self.capabilities: dict[str, Any] = {}
        self._number = 0
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Editor:
        offered = {"workspace": {"codeLens": {"refreshSupport": False}}}
        told = {"processId": None, "rootUri": self.folder.as_uri(), "capabilities": offered}
        self.capabilities = self.ask("initialize", told)["capabilities"]
        self.tell("initialized", {})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.ask("shutdown", None)
            self.tell("exit", None)
            assert self._process.wait(30) == 0
        self._process.kill()

    def uri(self, path: str) -> str:
        return (self.folder / path).as_uri()

    def document(self, path: str) -> dict[str, str]:
        return {"uri": self.uri(path)}

    def open(self, path: str) -> None:
        text = (self.folder / path).read_text()
        item = {**self.document(path), "languageId": "c", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": item})

    def save(self, path: str, text: str) -> None:
        (self.folder / path).write_text(text)
        self.tell("textDocument/didSave", {"textDocument": self.document(path)})

    def at(self, path: str, line: int) -> dict[str, Any]:
        """A position on a 1-based line."""
        return {
            "textDocument": self.document(path),
            "position": {"line": line - 1, "character": 0},
        }

    def diagnostics(self, path: str) -> list[dict[str, Any]]:
        """What the server tells of a file next."""
        while True:
            told = self._next("textDocument/publishDiagnostics")["params"]
            if told["uri"] == self.uri(path):
                found: list[dict[str, Any]] = told["diagnostics"]
                return found

    def ask(self, method: str, params: Any) -> Any:
        self._number += 1
        self._write({"id": self._number, "method": method, "params": params})
        while True:
            message = self._get()
            if message.get("id") == self._number and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def tell(self, method: str, params: Any) -> None:
        self._write({"method": method, "params": params})

    def said(self) -> str:
        """What the server logs next."""
        return str(self._next("window/logMessage")["params"]["message"])

    def _next(self, method: str) -> dict[str, Any]:
        while True:
            message = self._get()
            if message.get("method") == method:
                return message

    def _get(self) -> dict[str, Any]:
        message = self._incoming.get(timeout=PATIENCE)
        if "broken" in message:
            raise AssertionError(message["broken"])
        return message

    def _write(self, message: dict[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self._process.stdin.flush()

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        assert self._process.stderr is not None
        while header := stream.readline():
            length = int(header.split(b":")[1])
            while stream.readline().strip():
                pass
            self._incoming.put(json.loads(stream.read(length)))
        self._incoming.put({"broken": self._process.stderr.read().decode()})
