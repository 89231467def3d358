"""Analyses in a process of their own, one at a time: what an editor asks need not wait for them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

import msgspec

from bpf_lint.model.errors import InputError
from bpf_lint.pipeline.editor import Snapshot

_DECODE = msgspec.json.Decoder(Snapshot).decode
MOST = 2000  # characters of what a failed analysis said


class Analyses:
    """Runs `bpf-lint lsp --once`; what is asked for while it runs is done once more after it.

    Args:
        arguments: Options and paths of the analysis.
        folder: Where it runs.
    """

    def __init__(self, arguments: Sequence[str], folder: str) -> None:
        self._arguments = tuple(arguments)
        self._folder = folder
        self._running = asyncio.Lock()
        self._asked = 0
        self._process: asyncio.subprocess.Process | None = None

    def stop(self) -> None:
        """End what is running."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()

    async def latest(self) -> Snapshot | None:
        """The tree as it is now; None where a later call will tell it.

        Raises:
            InputError: It could not be analysed; the message says why.
        """
        self._asked += 1
        number = self._asked
        async with self._running:
            return await self._run() if number == self._asked else None

    async def _run(self) -> Snapshot:
        # -P: the current folder may be the tree that is analysed.
        flags = ["-P"] if sys.version_info >= (3, 11) else []
        command = [sys.executable, *flags, "-m", "bpf_lint", "lsp", "--once", *self._arguments]
        self._process = process = await asyncio.create_subprocess_exec(
            *command,
            cwd=self._folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, said = await process.communicate()
        finally:
            self.stop()
        try:
            return _DECODE(out)
        except msgspec.DecodeError:
            text = said.decode("utf-8", "replace").strip()[-MOST:]
            raise InputError(text or "the analysis ended without a result") from None
