"""Neovim, with the lines that docs/editors.md has for it, where it is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import ROOT

NVIM = shutil.which("nvim") or ""
EXAMPLE = ROOT / "examples" / "minidp"
# What a user asks for at the first finding of a file, each answer on a line.
DRIVE = """
local function say(name, value)
  io.stdout:write(name .. ": " .. vim.inspect(value):gsub("%s+", " ") .. "\\n")
end
vim.wait(90000, function() return #vim.diagnostic.get(0) > 0 end, 200)
local found = vim.diagnostic.get(0)
for _, one in ipairs(found) do say("diagnostic", { one.lnum + 1, one.source, one.code }) end
vim.api.nvim_win_set_cursor(0, { found[1].lnum + 1, found[1].col })
local here = vim.lsp.util.make_position_params(0, "utf-16")
local function ask(method, more)
  local asked = vim.tbl_extend("force", here, more or {})
  for _, answer in pairs(vim.lsp.buf_request_sync(0, method, asked, 30000) or {}) do
    return answer.result or answer.error
  end
end
local at = { start = here.position, ["end"] = here.position }
say("hover", ask("textDocument/hover"))
say("definition", ask("textDocument/definition"))
say("action", ask("textDocument/codeAction", { range = at, context = { diagnostics = {} } }))
say("lens", ask("textDocument/codeLens"))
vim.cmd("qa!")
"""


def documented() -> str:
    """The lines for `init.lua`."""
    text = (ROOT / "docs" / "editors.md").read_text()
    (lines,) = re.findall(r"^```lua\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    return str(lines)


def is_recent() -> bool:
    """True for a Neovim that has what the lines use (0.10)."""
    done = subprocess.run([NVIM, "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"v(\d+)\.(\d+)", done.stdout)
    return version is not None and (int(version[1]), int(version[2])) >= (0, 10)


@pytest.mark.skipif(not NVIM or not is_recent(), reason="no Neovim (nvim) of 0.10 or later")
def test_neovim_shows_what_the_server_tells(tmp_path: Path) -> None:
    tree = shutil.copytree(EXAMPLE, tmp_path / "minidp")
    (tmp_path / "init.lua").write_text(documented())
    (tmp_path / "drive.lua").write_text(DRIVE)
    server = tmp_path / "bin" / "bpf-lint"
    server.parent.mkdir()
    server.write_text(f'#!/bin/sh\nexec {sys.executable} -m bpf_lint "$@"\n')
    server.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{server.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    arguments = ["--headless", "-u", str(tmp_path / "init.lua"), "bpf/pod.c"]
    done = subprocess.run(
        [NVIM, *arguments, "-c", f"luafile {tmp_path / 'drive.lua'}"],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    told = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
    assert told["diagnostic"] == '{ 60, "bpf-lint", "cross-netns-redirect" }', done.stdout
    assert "UPLINK_IFINDEX is a number of host" in told["hover"]
    assert "bpf/pod.c" in told["definition"]
    assert "bpf-lint: ignore" in told["action"]
    assert "tc-egress" in told["lens"]
