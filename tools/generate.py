"""Generate what is made from the sources: pages of rules and facts, schemas, the README's finding,
the tables of docs/precision.md, and the addresses in everything that names them.

With --check, write nothing and fail where a file on disk is not what would be generated.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import kernel_facts
import manual
import precision
import public_findings

from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.config.shapes import SHAPES, data_schema
from bpf_lint.model import addresses
from bpf_lint.reporters import json_v1
from bpf_lint.rules.rulepage import render
from bpf_lint.rules.vocabulary import page, rule_schema
from bpf_lint.survey.formats import history_json, sweep_json

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = "examples/minidp/bpf"
SHOWN = f"{EXAMPLE}/lib/nodeport.h:"  # the first redirect there is that of the IPv4 reply
BLOCK = re.compile(r"(<!-- finding: .*? -->\n```text\n).*?(```\n<!-- end of the finding -->)", re.S)

# Where addresses stand, and what stands there: `bpf_lint/model/addresses.py` is the setting.
ADDRESSED = ("README.md", "mkdocs.yml", "pyproject.toml", "docs/usage/*.md", "examples/ci/*.yml")
ADDRESSES = (
    (r"(?<=- repo: )\S+(?= # the address)", addresses.REPOSITORY),
    (r"(?<=rev: )\S+(?= # a tag)", addresses.RELEASE),
    (r"(?<=uses: )\S+/bpf-lint@\S+", f"{addresses.ACTION}@{addresses.RELEASE}"),
    (r'(?<=^Documentation = ")[^"]*', addresses.DOCUMENTATION),
    (r'(?<=^Source = ")[^"]*', addresses.REPOSITORY),
    (r'(?<=^Changelog = ")[^"]*', f"{addresses.DOCUMENTATION}/changelog/"),
    (r"(?<=^site_url: )\S+", f"{addresses.DOCUMENTATION}/"),
    (r"(?<=^repo_url: )\S+", addresses.REPOSITORY),
    (r'(?<=^Issues = ")[^"]*', f"{addresses.REPOSITORY}/issues"),
)


def generated() -> dict[Path, str]:
    """Every generated file with its text."""
    catalogue = Catalogue(data_folder())
    files = {
        ROOT / "docs" / "rules" / f"{rule.id}.md": render(rule, catalogue.kernel)
        for rule in catalogue.rules
    }
    schemas = {name: data_schema(name) for name in SHAPES}
    schemas["rule"] = rule_schema()
    schemas["report"] = json_v1.schema()
    schemas["history"] = history_json.schema()
    schemas["sweep"] = sweep_json.schema()
    for name, schema in schemas.items():
        files[ROOT / "schemas" / f"{name}.schema.json"] = json.dumps(schema, indent=2) + "\n"
    files[ROOT / "docs" / "facts.md"] = page()
    rules = {rule.id: rule for rule in catalogue.rules}
    files[ROOT / "docs" / "findings-public-trees.md"] = public_findings.page(rules)
    files[ROOT / "docs" / "kernel-facts.md"] = kernel_facts.page()
    files[ROOT / "docs" / "command-line.md"] = manual.page()
    files[ROOT / "docs" / "bpf-lint.1"] = manual.manual()
    page_ = ROOT / "docs" / "precision.md"
    files[page_] = precision.with_farm(page_.read_text())
    files[ROOT / "README.md"] = with_finding((ROOT / "README.md").read_text())
    for path in sorted(one for glob in ADDRESSED for one in ROOT.glob(glob)):
        files[path] = with_addresses(files.get(path) or path.read_text())
    return files


def with_addresses(text: str) -> str:
    """The text with the addresses of the setting."""
    for pattern, address in ADDRESSES:
        text = re.sub(pattern, literally(address), text, flags=re.MULTILINE)
    return text


def literally(text: str) -> str:
    """A replacement that stands for this text, whatever characters are in it."""
    return text.replace("\\", r"\\")


def with_finding(readme: str) -> str:
    """The README with the finding that bpf-lint prints for the example datapath."""
    command = [sys.executable, "-m", "bpf_lint", "--no-cache", "--quiet", "--mode", "ipvlan"]
    options = ["--color", "never", "--select", "cross-netns-redirect", EXAMPLE]
    done = subprocess.run(
        [*command, *options],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )
    paragraphs = done.stdout.split("\n\n")
    shown = next((one for one in paragraphs if one.startswith(SHOWN)), None)
    if shown is None:
        sys.exit(f"no finding at {SHOWN} to show in README.md:\n{done.stdout}{done.stderr}")
    return BLOCK.sub(lambda match: f"{match[1]}{shown}\n{match[2]}", readme)


def left_over(files: dict[Path, str]) -> list[Path]:
    """Generated files on disk whose source is gone."""
    on_disk = [*(ROOT / "docs" / "rules").glob("*.md"), *(ROOT / "schemas").glob("*.schema.json")]
    return sorted(set(on_disk) - files.keys())


def out_of_step(files: dict[Path, str]) -> list[Path]:
    """Files that are missing, different or left over."""
    changed = [
        path for path, text in files.items() if not path.exists() or path.read_text() != text
    ]
    return sorted([*changed, *left_over(files)])


def main(arguments: list[str]) -> int:
    """Write or check the generated files; 1 where --check finds a difference."""
    files = generated()
    stale = out_of_step(files)
    if arguments == ["--check"]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is out of step: run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    for path in left_over(files):
        path.unlink()
    for path in stale:
        if path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path])
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
