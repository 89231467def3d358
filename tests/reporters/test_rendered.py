"""The pictures of comments, drawn by Mermaid in a browser.

Skipped unless BPF_LINT_MERMAID names a `mermaid.min.js` and a Chromium is installed.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bpf_lint.model.finding import Report
from bpf_lint.reporters.registry import render
from tests.reporters.samples import ALONE, OPTIONS, RICH, TOGETHER

MERMAID = os.environ.get("BPF_LINT_MERMAID", "")
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or ""
SCRIPT = """
mermaid.initialize({startOnLoad: false, securityLevel: "strict"});
(async () => {
  const drawn = [];
  for (const [n, one] of document.querySelectorAll("pre").entries()) {
    const box = document.createElement("div");
    try { box.innerHTML = (await mermaid.render("g" + n, one.textContent)).svg; }
    catch (error) { box.textContent = "ERROR " + error; }
    document.body.appendChild(box);
    drawn.push(box.innerText.replace(/\\s+/g, " "));
  }
  document.title = JSON.stringify(drawn);
})();
"""


def drawn(comment: str, folder: Path) -> list[str]:
    """The texts of the pictures of a comment, as they stand on the page."""
    diagrams = re.findall(r"```mermaid\n(.*?)```", comment, re.DOTALL)
    blocks = "".join(f"<pre>{html.escape(one)}</pre>" for one in diagrams)
    library = Path(MERMAID).resolve().as_uri()
    page = folder / "page.html"
    page.write_text(
        f'<meta charset="utf-8"><title></title><body>{blocks}<script src="{library}"></script>'
        f"<script>{SCRIPT}</script>"
    )
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files")
    done = subprocess.run(
        [BROWSER, *options, "--virtual-time-budget=20000", "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    title = re.search(r"<title>(.*?)</title>", done.stdout, re.DOTALL)
    assert title, done.stderr
    told: list[str] = json.loads(html.unescape(title[1]))
    assert len(told) == len(diagrams)
    return told


@pytest.mark.skipif(not (MERMAID and BROWSER), reason="BPF_LINT_MERMAID or Chromium is missing")
@pytest.mark.parametrize(
    ("report", "parts"),
    [
        (RICH, ("skb->dev = pod-eth0", "calls[REVNAT]", "map ct_map", "ifindex")),
        (ALONE, ("lost in the tail call to send_later", "netns host")),
        (TOGETHER, ("lost in the tail call to send_later",)),
    ],
)
def test_mermaid_draws_the_way(report: Report, parts: tuple[str, ...], tmp_path: Path) -> None:
    (picture,) = drawn(render(report, "markdown", OPTIONS), tmp_path)
    assert not picture.startswith("ERROR"), picture
    for part in parts:
        assert part in picture
