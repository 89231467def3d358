"""A tree whose names and texts speak to terminals and runners: no command passes them on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from glob import escape
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.conftest import Lint
from tests.hostile import KINDS, SURROGATE, as_c, as_toml, faults
from tests.running import ROOT
from tests.toml import load_toml

# The others are in tests/test_printable.py, with more hostile reports.
FORMATS = ("text", "json", "github", "markdown")

PROGRAM = """\
#define SEC(name) __attribute__((section(name), used))
struct __sk_buff {{ int ifindex; }};
static long (*bpf_redirect)(int ifindex, unsigned long long flags) = (void *)23;
static int (*bpf_tail_call)(void *ctx, void *map, unsigned int slot) = (void *)12;
{maps}
SEC("tc") int from_pod(struct __sk_buff *skb)
{{
	/* bpf-lint: ignore[no-such-rule] -- {comment} */
	return bpf_redirect(UPLINK, /* {comment} */ 0); // bpf-lint: ignore {comment}
}}

SEC({section}) int other(struct __sk_buff *skb)
{{
	int x = skb->ifindex > 1 ? bpf_redirect(UPLINK, 0) : 0; // bpf-lint: ignore[mine] -- {comment}
	bpf_tail_call(skb, &calls, skb->ifindex);
	return x;
}}
"""

CONFIG = """\
rules = ["mine.toml"]
select = ["cross-netns-redirect", "mine"]
baseline = "known.json"

[[programs]]
path = {program}

[[programs]]
path = {broken}

[[programs]]
path = {absent}
optional = true

[modes.{text}]
defines = [{define}]

[configurations.{text}]
defines = [{define}]

[devices.{text}]
kind = "ipvlan"
netns = {text}

[[attachments]]
program = "*"
entries = ["from_pod", {text}]
hook = "tc-egress"
device = {text}
source = {text}
optional = true

[[symbols]]
name = "UPLINK"
netns = {host}
device = {text}
description = {text}
optional = true

[[prog_arrays]]
map = "calls"
programs = [{absent}]
optional = true

[[per_path]]
path = {text}
ignore = ["mine"]
optional = true
"""

RULE = """\
id = "mine"
title = {text}
event = "redirect"
each = "target"
when = "target.netns != skb.netns"
message = {text}
suggestion = {text}
description = {text}
kernel = {text}
limits = {text}
references = [{text}]
[bad]
caption = {text}
code = {text}
[good]
code = {text}
"""


class Tree(NamedTuple):
    """A hostile repository: its folder of programs, and the text that is everywhere in it."""

    folder: str
    text: str
    path: Path


def name_of(text: str) -> str:
    return text.replace("/", "_").replace("\0", "")


@pytest.fixture(params=[*KINDS, "surrogate"])
def tree(request: pytest.FixtureRequest, project: Path) -> Tree:
    """Names of file, folder, section, macro, mode, device and the others; comments; a rule."""
    kind = request.param
    text = KINDS.get(kind, SURROGATE)
    name = name_of(text)
    plain = text.encode(errors="replace").decode()  # TOML and C sources are UTF-8
    comment = plain.replace("\n", " ").replace("\r", " ")
    folder = project / f"{name if kind != 'surrogate' else 'x'}-bpf"
    (project / "bpf").rename(folder)
    for old in folder.iterdir():
        old.unlink()
    maps = "struct { int x; } calls;"
    source = PROGRAM.format(comment=comment, section=as_c(f"tc/{plain}"), maps=maps)
    file = f"{name}.c"
    (folder / file).write_text(source)
    (folder / f"broken{name}.c").write_text(f"int f( {{ {comment} '{comment}\n")
    path = file if kind != "surrogate" else "*.c"
    names = {
        "text": as_toml(plain),
        "host": as_toml(f"host{plain}"),
        "program": as_toml(escape(path) if kind != "surrogate" else path),
        "broken": as_toml(f"broken{escape(path) if kind != 'surrogate' else path}"),
        "absent": as_toml(f"absent{plain}"),
        "define": as_toml(f"UPLINK=7 /* {comment} */"),
    }
    (folder / "bpf-lint.toml").write_text(CONFIG.format(**names))
    (folder / "mine.toml").write_text(RULE.format(text=as_toml(plain)))
    known = {"rule": plain, "path": plain, "function": plain, "statement": plain}
    entry = {"fingerprint": plain, "count": 1, **known}
    (folder / "known.json").write_text(json.dumps({"version": 1, "findings": [entry]}))
    return Tree(folder.name, plain, folder)


def test_check_in_every_format(lint: Lint, tree: Tree) -> None:
    for form in FORMATS:
        done = lint(tree.folder, "--output-format", form, "--show-unknown", "-v")
        assert done.code == 2, done.err  # one program is broken
        if "not UTF-8" not in done.err + done.out:
            assert "warning: " in done.err, "a bad comment and a stale entry"
        commands = sum(done.out.count(f"::{kind} ") for kind in ("error", "warning", "notice"))
        own = commands if form == "github" else 0
        assert not faults(done.out, commands=own), form
        assert not faults(done.err), form
        if form == "github":
            assert own >= 2
        if form in ("json", "sarif", "gitlab", "rdjson"):
            assert json.loads(done.out)
    painted = lint(tree.folder, "--color", "always", "--statistics")
    assert "\x1b[1;31m" in painted.out
    assert not faults(painted.out, styles=True)


def test_the_findings_are_there(lint: Lint, tree: Tree) -> None:
    report = lint(tree.folder, "--output-format", "json").report
    rules = {finding["rule"] for finding in report["findings"]}
    assert rules <= {"cross-netns-redirect", "mine"}
    if tree.text == SURROGATE.encode(errors="replace").decode():
        assert "not UTF-8" in str(report["summary"]["skipped"])
    else:
        assert rules
        assert {one["device"] for f in report["findings"] for one in f["contexts"]} == {tree.text}


@pytest.mark.parametrize(
    "command",
    [
        ["doctor"],
        ["doctor", "--coverage"],
        ["config"],
        ["config", "--output-format", "json"],
        ["graph"],
        ["graph", "--output-format", "dot"],
        ["graph", "--output-format", "json"],
        ["init", "--stdout"],
        ["check", "--write-baseline", "new.json"],
    ],
)
def test_commands_that_read_the_tree(lint: Lint, tree: Tree, command: list[str]) -> None:
    done = lint(*command, tree.folder)
    assert done.out or done.err
    assert not faults(done.out)
    assert not faults(done.err)


def test_a_first_configuration_is_toml_with_the_true_names(lint: Lint, tree: Tree) -> None:
    (tree.path / "bpf-lint.toml").unlink()
    done = lint("init", "--stdout", tree.folder)
    assert done.code == 0, done.err
    assert not faults(done.out)
    written = load_toml(done.out)
    names = {one["path"] for one in written["programs"]}
    expected = {path.name.encode(errors="replace").decode() for path in tree.path.glob("*.c")}
    assert names <= expected
    assert names


def test_what_a_project_says_of_its_rules(lint: Lint, tree: Tree) -> None:
    config = ("--config", f"{tree.folder}/bpf-lint.toml")
    listed, page = lint("rules", *config), lint("explain", "mine", *config)
    assert "mine" in listed.out
    assert "## Wrong" in page.out
    assert not faults(listed.out + page.out)


def test_reports_of_others(lint: Lint, tree: Tree, project: Path) -> None:
    lint(tree.folder, "--output-format", "json=report.json")
    report = json.loads((project / "report.json").read_text())
    (project / "none.json").write_text(json.dumps({**report, "findings": []}))
    done = lint("diff", "none.json", "report.json")
    assert not faults(done.out + done.err)
    hostile = project / name_of(tree.text)
    hostile.write_text(json.dumps({**report, tree.text: 1, "findings": tree.text}))
    done = lint("diff", hostile.name, "report.json")
    assert done.code == 2
    assert not faults(done.out + done.err)


def test_errors_name_what_is_wrong_and_no_more(lint: Lint, tree: Tree, project: Path) -> None:
    text = as_toml(tree.text)
    wrong = [
        f"{text} = 1\n",
        f"profile = {text}\n",
        f"select = [{text}]\n",
        f"rules = [{text}]\n",
        f"[devices.{text}]\nkind = {text}\nnetns = 'a'\n",
        f"[[attachments]]\nprogram = {text}\nentries = []\nhook = {text}\ndevice = {text}\n",
        f"[[symbols]]\nname = {text}\nnetns = 1\n",
        f"[[symbols]]\nname = 'a'\nnetns = 'a'\nwhen = {text}\n",
        f"[front_end]\nflags = [{text}, '-fplugin=x']\n",
        f"[values]\n{text} = {text}\n",
        f"no toml {tree.text}\n",
    ]
    for document in wrong:
        (project / "wrong.toml").write_bytes(document.encode(errors="surrogateescape"))
        done = lint("--config", "wrong.toml", tree.folder)
        assert done.code == 2, document
        assert not faults(done.out + done.err)
    usage = [
        [tree.text],
        ["check", tree.text],
        [tree.folder, "--mode", tree.text],
        [tree.folder, "--program", tree.text],
        [tree.folder, "--configurations", tree.text],
        [tree.folder, "--profile", tree.text],
        [tree.folder, "--config", tree.text],
        [tree.folder, "--baseline", tree.text],
        [tree.folder, "-p", tree.text],
        [tree.folder, "-D", tree.text],
        [tree.folder, f"--{tree.text}"],
        [tree.folder, "-j", tree.text],
        [tree.folder, "--output-format", tree.text],
        [tree.folder, "--output-format", f"json={tree.text}/x"],
        [tree.folder, "--new-since", tree.text],
        ["explain", tree.text],
        ["schema", tree.text],
        ["diff", tree.text, tree.text],
        ["init", tree.text],
    ]
    for arguments in usage:
        arguments = [one.replace("\0", "") for one in arguments]
        done = lint(*arguments)
        assert done.code == 2, arguments
        assert not faults(done.out + done.err), arguments


DUMP = """\
#pragma clang __debug dump other
int other;
#pragma clang __debug macro __BPF__
#pragma clang __debug diag_mapping
"""


def run(project: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A run in a process of its own, whose descriptors are pipes, as a runner starts it."""
    return subprocess.run(
        [sys.executable, "-m", "bpf_lint", *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT), **more},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )


@pytest.mark.parametrize("jobs", ["-j1", "-j2"])
def test_the_compiler_library_prints_nothing_of_its_own(project: Path, jobs: str) -> None:
    for name in ("a.c", "b.c"):
        (project / "bpf" / name).write_text(DUMP + 'int x __attribute__((section("::error::x")));')
    (project / "bpf" / "bpf-lint.toml").unlink()
    done = run(project, "bpf", "--no-cache", jobs)
    assert done.returncode == 0
    assert "Decl" not in done.stderr
    assert done.stderr == ""


def test_warnings_and_tracebacks_of_python_are_guarded(project: Path) -> None:
    (project / "bpf" / "pod.c").write_text("int f( {\n")
    breaking = (
        "import sys, warnings, bpf_lint.pipeline, bpf_lint.__main__ as entrance\n"
        "def fail(*_):\n"
        "    warnings.warn('a\\n::warning::x\\x1b[2J')\n"
        "    raise TypeError('a\\n::error::x\\n\\x1b[2J')\n"
        "bpf_lint.pipeline.run = fail\n"
        "sys.argv = ['bpf-lint', 'bpf']\n"
        "entrance.main()\n"
    )
    for debug in ("", "1"):
        done = subprocess.run(
            [sys.executable, "-c", breaking],
            cwd=project,
            env={**os.environ, "PYTHONPATH": str(ROOT), "BPF_LINT_DEBUG": debug},
            capture_output=True,
            text=True,
        )
        assert "UserWarning: a" in done.stderr
        assert "TypeError" in done.stderr
        assert ("Traceback" in done.stderr) == bool(debug)
        assert not faults(done.stderr)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_no_encoding_lets_anything_past_the_guard(project: Path, encoding: str) -> None:
    done = run(project, "b\u00e9\u202e", PYTHONIOENCODING=encoding)
    assert done.returncode == 2
    assert done.stderr.startswith("bpf-lint: b")
    assert "\\u{202e}: no such file" in done.stderr
