"""Take the picture of the README: the example's HTML report in a headless Chromium.

usage: screenshot.py [FILE]

It needs what `tests/browser` needs (CONTRIBUTING.md).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "images" / "report.png"
SIZE = {"width": 1200, "height": 980}


def report(folder: Path) -> Path:
    """The example's report."""
    path = folder / "report.html"
    command = [sys.executable, "-m", "bpf_lint", "examples/minidp/bpf", "--quiet"]
    command.append(f"--output-format=html={path}")
    subprocess.run(command, cwd=ROOT, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)})
    return path


def take(page_file: Path, picture: Path) -> None:
    """Open the first finding at its last step, and take the picture."""
    api = import_module("playwright.sync_api")
    chromium = os.environ.get("BPF_LINT_CHROMIUM") or shutil.which("chromium")
    with api.sync_playwright() as started:
        # Root has no sandbox of Chromium's; the page is our own.
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.goto(page_file.as_uri())
        page.locator("#list a").first.click()
        page.locator("#detail .steps button").nth(3).click()
        page.wait_for_timeout(300)
        picture.parent.mkdir(exist_ok=True)
        page.screenshot(path=str(picture))
        browser.close()


def main(arguments: Sequence[str]) -> int:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        take(report(Path(folder)), Path(arguments[0]) if arguments else PICTURE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
