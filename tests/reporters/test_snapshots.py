"""Rendered output of two handmade reports, compared with files under snapshots/.

Set BPF_LINT_UPDATE_SNAPSHOTS=1 to write them anew, then read the difference.
"""

import os
import re
from pathlib import Path

import msgspec
import pytest

from bpf_lint.model.finding import Report
from bpf_lint.reporters import FORMATS
from bpf_lint.reporters.registry import render
from tests.reporters.samples import ALONE, EMPTY, OPTIONS, RICH, TOGETHER

FOLDER = Path(__file__).with_name("snapshots")
SUFFIXES = {"json": "json", "sarif": "json", "gitlab": "json", "rdjson": "json"}
REPORTS = {"rich": RICH, "empty": EMPTY, "together": TOGETHER, "alone": ALONE}


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("format", FORMATS)
def test_output_is_the_snapshot(format: str, name: str) -> None:
    text = render(REPORTS[name], format, OPTIONS)
    if format in SUFFIXES:
        text = msgspec.json.format(text, indent=1)
    if format == "html":
        # The page's own style and script, and their digests, are read where they are written.
        text = re.sub(r"(?s)<style>.*?</style>|<script>.*?</script>|'sha256-[^']*'", "", text)
        text = text.replace("\u003c", "<").replace("\u003e", ">").replace("},{", "},\n{")
    path = FOLDER / f"{name}-{format}.{SUFFIXES.get(format, 'html' if format == 'html' else 'txt')}"
    if os.environ.get("BPF_LINT_UPDATE_SNAPSHOTS"):
        path.write_text(text)
    assert text == path.read_text()


@pytest.mark.parametrize("format", FORMATS)
def test_order_of_findings_does_not_matter(format: str) -> None:
    backwards: Report = msgspec.structs.replace(RICH, findings=RICH.findings[::-1])
    assert render(backwards, format, OPTIONS) == render(RICH, format, OPTIONS)
