"""What the compiler library could be brought to read, write or believe besides headers."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.security.conftest import CLEAN, CONFIG, PROGRAM, Lint

CALL = "return bpf_redirect(UPLINK, 0);"
ASSEMBLY = """\
static void g(void) { __asm {
.macro machine a:vararg
.error "\\a"
.endm
.include "%s"
} }
"""


def test_files_are_not_assembled(lint: Lint) -> None:
    secret = lint.outside / "netrc"
    secret.write_text("machine ghp_Ab12\n")
    lint.write(x=ASSEMBLY % secret + PROGRAM)
    for flags in (["-target", "x86_64-linux-gnu"], ["--target=i386-linux-gnu"], ["-target", "bpf"]):
        text = json.dumps([*flags, "-fms-extensions"])
        (lint.tree / "bpf-lint.toml").write_text(f"front_end.flags = {text}\n{CONFIG}")
        done = lint()
        assert done.returncode in (1, 2)  # as the compiler takes such a function for C, or not
        assert "ghp_Ab12" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", [b"l\xff.h", b"d\xff/netrc"])
def test_names_that_are_not_utf8_lead_nowhere(lint: Lint, name: bytes) -> None:
    (lint.outside / "netrc").write_text("ghp_Ab12 x;\n")
    tree = os.fsencode(lint.tree)
    os.symlink(os.fsencode(lint.outside / "netrc"), tree + b"/l\xff.h")
    os.symlink(os.fsencode(lint.outside), tree + b"/d\xff")
    (lint.tree / "a.h").write_bytes(b'#include "' + name + b'"\n')
    lint.write(x='#include "a.h"\n' + PROGRAM)
    done = lint()
    assert done.returncode == 2
    assert "not UTF-8" in done.stdout
    assert "ghp_Ab12" not in done.stdout + done.stderr


def test_a_name_that_leads_through_a_link_and_back(lint: Lint) -> None:
    """`d/../y.h` is sub/y.h for the compiler, and y.h for whoever shortens it."""
    (lint.tree / "sub" / "deep").mkdir(parents=True)
    (lint.tree / "d").symlink_to("sub/deep")
    (lint.tree / "sub" / "y.h").write_text("#define OTHER 7\n")
    (lint.outside / "netrc").write_text("#define ghp_Ab12 7\n")
    (lint.tree / "y.h").symlink_to("../outside/netrc")
    lint.write(x='#include "d/../y.h"\n' + PROGRAM)
    done = lint()
    assert done.returncode == 2
    assert "goes through a link and back" in done.stdout


def test_precompiled_headers_of_the_tree_are_not_used(lint: Lint) -> None:
    (lint.tree / "pre.h").write_text("enum { NUMBER = 1 };\n")
    for name in ("pre.h", ".bpf-lint-command-line.h"):
        for suffix in (".pch", ".gch"):
            (lint.tree / (name + suffix)).write_bytes(b"CPCH" + bytes(64))
    flags = 'front_end.flags = ["-include", "pre.h"]\n'
    (lint.tree / "bpf-lint.toml").write_text(flags + CONFIG)
    lint.write(x=PROGRAM)
    assert lint().returncode == 1


def test_a_module_that_a_source_builds_writes_nothing(lint: Lint, tmp_path: Path) -> None:
    build = "#pragma clang module build foo\nmodule foo {}\n#pragma clang module contents\n"
    lint.write(x=build + "#pragma clang module endbuild\n" + PROGRAM)
    (tmp_path / "tmp").mkdir()
    lint(TMPDIR=str(tmp_path / "tmp"))
    assert not list((tmp_path / "tmp").iterdir())


CHANGES = {
    "spliced": ('\n#if __has_\\\ninclude("new.h")\n', "new.h"),
    "pasted": ('\n#define C(a, b) a##b\n#if C(__ha,s_include)("new.h")\n', "new.h"),
}


@pytest.mark.parametrize("way", CHANGES)
def test_a_test_for_a_header_in_disguise(lint: Lint, way: str) -> None:
    test, header = CHANGES[way]
    lint.write(x=PROGRAM.replace(CALL, f"{test}{CALL}\n#endif\nreturn 0;\n"))
    assert lint(cached=True).returncode == 0
    (lint.tree / header).touch()
    assert lint(cached=True).returncode == 1


def test_a_test_for_a_header_in_a_flag(lint: Lint) -> None:
    flags = """front_end.flags = ['-DNEW=__has_include("new.h")']\n"""
    (lint.tree / "bpf-lint.toml").write_text(flags + CONFIG)
    lint.write(x=PROGRAM.replace(CALL, f"\n#if NEW\n{CALL}\n#endif\nreturn 0;\n"))
    assert lint(cached=True).returncode == 0
    (lint.tree / "new.h").touch()
    assert lint(cached=True).returncode == 1


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_a_header_that_becomes_one(lint: Lint, kind: str) -> None:
    for name in ("1", "2", "gen"):
        (lint.tree / name).mkdir()
    (lint.tree / "2" / "b.h").touch()
    first = lint.tree / "1" / "b.h"
    if kind == "link":
        first.symlink_to("../gen/b.h")
    else:
        first.mkdir()
    (lint.tree / "bpf-lint.toml").write_text('front_end.flags = ["-I1", "-I2"]\n' + CONFIG)
    lint.write(
        x="#include <b.h>\n" + PROGRAM.replace(CALL, f"\n#ifdef NEW\n{CALL}\n#endif\nreturn 0;\n")
    )
    assert lint(cached=True).returncode == 0
    if kind == "link":
        (lint.tree / "gen" / "b.h").write_text("#define NEW\n")
    else:
        first.rmdir()
        first.write_text("#define NEW\n")
    assert lint(cached=True).returncode == 1


# --- repositories ----------------------------------------------------------------------------


def test_links_around_a_submodule_are_the_checkouts(lint: Lint) -> None:
    """What is analysed has a repository of its own; the links lie in the one around it."""
    sub = lint.tree / "bpf"
    (sub / ".git").mkdir(parents=True)
    for name in ("x.c", "bpf-lint.toml"):
        shutil.move(lint.tree / name, sub / name)
    (lint.outside / "profile").write_text("before")
    (lint.tree / "out.sarif").symlink_to("../outside/profile")
    (lint.tree / "cache").symlink_to("../outside")
    done = lint("--output-format=sarif=out.sarif", "--cache-dir=cache", path="bpf", cached=True)
    assert done.returncode == 2
    assert (lint.outside / "profile").read_text() == "before"
    assert [path.name for path in lint.outside.iterdir()] == ["profile"]


def test_a_path_that_is_a_link_out_of_the_checkout(lint: Lint) -> None:
    (lint.outside / "x.c").write_text(PROGRAM + "/* ghp_Ab12 */\n")
    (lint.tree / "bpf").symlink_to("../outside")
    done = lint(path="bpf")
    assert done.returncode == 2
    assert "is a link that leaves" in done.stderr
    assert "ghp_Ab12" not in done.stdout + done.stderr


def git(folder: Path, *arguments: str, data: bytes = b"") -> str:
    who = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
    command = ["git", *who, "-C", str(folder), *arguments]
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    return done.stdout.decode().strip()


def test_a_malformed_history_writes_no_link_outside(lint: Lint) -> None:
    """Two entries of one name: a link, and a folder that would be written behind it."""
    (lint.tree / ".git").rmdir()
    git(lint.tree, "init", "-q")

    def blob(text: bytes) -> bytes:
        return bytes.fromhex(git(lint.tree, "hash-object", "-w", "--stdin", data=text))

    def tree(*entries: tuple[bytes, bytes, bytes]) -> bytes:
        data = b"".join(mode + b" " + name + b"\0" + found for mode, name, found in entries)
        literal = ("hash-object", "-t", "tree", "-w", "--literally", "--stdin")
        return bytes.fromhex(git(lint.tree, *literal, data=data))

    program = blob(PROGRAM.encode())
    for target in (b"../../outside", str(lint.outside).encode()):
        inner = tree((b"120000", b".profile", blob(b"anything")), (b"100644", b"f", program))
        for order in (1, -1):
            twins = [(b"120000", b"zz", blob(target)), (b"40000", b"zz", inner)][::order]
            bad = tree((b"100644", b"x.c", program), *twins)
            commit = git(lint.tree, "commit-tree", bad.hex(), "-m", "x")
            lint("--new-since", commit, TMPDIR=str(lint.home))
            assert not list(lint.outside.iterdir())
            assert not list(lint.home.glob("**/.profile"))


def test_a_repository_in_the_tree_is_not_asked(lint: Lint) -> None:
    """Files of the tree that make a bare repository, with settings of the tree's own."""
    (lint.tree / ".git").rmdir()
    git(lint.tree, "init", "-q")
    git(lint.tree, "add", "-A")
    git(lint.tree, "commit", "-qm", "one")
    inner = lint.tree / "bpf"
    git(lint.tree, "init", "-q", "--bare", str(inner))
    for name in ("x.c", "bpf-lint.toml"):
        shutil.copy(lint.tree / name, inner / name)
    (inner / "config").write_text("[core]\n\tbare = false\n\tworktree = .\n")
    git(lint.tree, f"--git-dir={inner}", "--work-tree", str(inner), "add", "x.c")
    git(lint.tree, f"--git-dir={inner}", "--work-tree", str(inner), "commit", "-qm", "false past")
    from bpf_lint.triage.errors import TriageError
    from bpf_lint.triage.revision import repository_of

    with contextlib.suppress(TriageError):  # git refuses to look there at all
        assert repository_of([inner]) == lint.tree


# --- settings --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        "x = " + "[" * 3000,
        "x = " + "9" * 5000,
        '[configurations.k]\nprobes = [{ path = "**/**/**/**/nope" }]\n',
        '[configurations.k]\nprobes = [{ path = "../../**/nope" }]\n',
        '[configurations.k]\nprobes = [{ path = "/etc/*" }]\n',
    ],
)
def test_settings_that_exhaust_or_leave(lint: Lint, settings: str) -> None:
    (lint.tree / "bpf-lint.toml").write_text(CONFIG + settings)
    done = lint()
    assert done.returncode == 2
    assert "internal error" not in done.stderr
    assert "bpf-lint.toml" in done.stderr or "cannot be used" in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        '[{"directory": ".", "file": "x.c", "k": ' + "[" * 100_000,
        '[{"directory": ".", "file": "x\\u0000.c"}]',
    ],
)
def test_databases_that_exhaust(lint: Lint, text: str) -> None:
    (lint.tree / "compile_commands.json").write_text(text)
    done = lint("-p", ".")
    assert done.returncode == 2
    assert "internal error" not in done.stderr


@pytest.mark.parametrize(
    "option", [["--profile", "p.toml"], ["-p", "build"], ["--baseline", "b.json"]]
)
def test_options_that_name_links_out_of_the_tree(lint: Lint, option: list[str]) -> None:
    (lint.outside / "p.toml").write_text("ghp_Ab12 = 1\n")
    entry = {"directory": ".", "file": str(lint.tree / "x.c"), "arguments": ["cc", "-Wl,ghp_Ab12"]}
    (lint.outside / "compile_commands.json").write_text(json.dumps([entry]))
    (lint.outside / "b.json").write_text('{"ghp_Ab12": 1}')
    (lint.tree / "build").mkdir()
    (lint.tree / "p.toml").symlink_to("../outside/p.toml")
    (lint.tree / "b.json").symlink_to("../outside/b.json")
    (lint.tree / "build" / "compile_commands.json").symlink_to(
        "../../outside/compile_commands.json"
    )
    done = lint(*option)
    assert done.returncode == 2
    assert "is a link that leaves" in done.stderr
    assert "ghp_Ab12" not in done.stdout + done.stderr


def test_doctor_does_not_look_into_files_outside(lint: Lint) -> None:
    (lint.outside / "s").write_text("ghp_Ab12\n")
    (lint.tree / "s.h").symlink_to("../outside/s")
    symbols = [
        f'[[symbols]]\nname = "ghp_{one}*"\nnetns = "host"\noptional = true\n' for one in "AB"
    ]
    (lint.tree / "bpf-lint.toml").write_text(CONFIG + "".join(symbols))
    done = subprocess.run(
        [lint.command, "doctor", "--no-cache", "."], cwd=lint.tree, capture_output=True, text=True
    )
    assert "\n  symbol ghp_A*\n" in done.stdout
    assert "\n  symbol ghp_B*\n" in done.stdout


def test_many_comments_and_suppressions_take_no_time(lint: Lint) -> None:
    comments = "/* bpf-lint: */" + "/**/" * 60_000 + "\n"
    lines = "/* bpf-lint: ignore[xN] */\n" * 30_000
    lint.write(x=comments + lines + CLEAN)
    assert lint().returncode in (0, 1, 2)  # within the time limit of the run
