"""What an analysed tree can make bpf-lint read, write, show or run: nothing but its own files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bpf_lint.cache.folder import SECRET
from bpf_lint.reporters import FORMATS
from tests.security.conftest import CLEAN, CONFIG, PROGRAM, QUOTING, SECRET_LINE, Lint


def test_the_bug_is_found_where_nothing_is_hostile(lint: Lint) -> None:
    assert lint().returncode == 1


# --- what is read and shown ------------------------------------------------------------------


@pytest.mark.parametrize("way", ["absolute", "climbing", "link", "folder", "macro"])
def test_nothing_of_a_file_outside_is_shown(lint: Lint, way: str) -> None:
    (lint.outside / "netrc").write_text(SECRET_LINE + "\n")
    names = {
        "absolute": str(lint.outside / "netrc"),
        "climbing": "../outside/netrc",
        "link": "link.h",
        "folder": "folder/netrc",
        "macro": "netrc",
    }
    (lint.tree / "link.h").symlink_to("../outside/netrc")
    (lint.tree / "folder").symlink_to("../outside")
    source = QUOTING % names[way]
    if way == "macro":
        path = lint.outside / "netrc"
        source = source.replace('#include "netrc"', f'#define AT "{path}"\n#include AT')
    lint.write(x=source)
    reports = lint.home
    done = lint(*(f"--output-format={form}={reports / form}" for form in FORMATS))
    assert done.returncode == 2
    assert "lies outside of the tree" in done.stderr
    for text in (done.stdout, done.stderr, *(path.read_text() for path in reports.iterdir())):
        assert "ghp_Ab12" not in text
        assert "alice" not in text
    assert len(list(reports.iterdir())) == len(FORMATS)


def test_a_compilers_message_does_not_quote_a_file_outside(lint: Lint) -> None:
    (lint.outside / "token").write_text("ghp_Ab12;\n")
    lint.write(x=f'#include "{lint.outside}/token"\n' + PROGRAM)
    done = lint()
    assert done.returncode == 2
    assert "ghp_Ab12" not in done.stdout + done.stderr


def test_headers_that_the_user_names_are_read_and_not_quoted(lint: Lint) -> None:
    (lint.outside / "up.h").write_text("#define TO(n) bpf_redirect(n, 0) /* ghp_Ab12 */\n")
    lint.write(
        x=PROGRAM.replace("bpf_redirect(UPLINK, 0)", "TO(UPLINK)").replace(
            "static", f'#include "{lint.outside}/up.h"\nstatic', 1
        )
    )
    assert lint().returncode == 2
    done = lint("--headers", str(lint.outside))
    assert done.returncode == 1, done.stderr
    assert "ghp_Ab12" not in done.stdout + done.stderr
    (lint.outside / "up.h").write_text("ghp_Ab12 x;\n")
    done = lint("--headers", str(lint.outside))
    assert done.returncode == 2
    assert "ghp_Ab12" not in done.stdout + done.stderr
    assert "why is not shown" in done.stdout


def test_a_folder_that_only_the_tree_names_is_refused(lint: Lint) -> None:
    (lint.outside / "up.h").write_text("")
    (lint.tree / "bpf-lint.toml").write_text(f'front_end.flags = ["-I{lint.outside}"]\n' + CONFIG)
    done = lint()
    assert done.returncode == 2
    assert f"allow it with --headers {lint.outside}" in done.stderr
    assert lint("--headers", str(lint.outside)).returncode == 1
    own = lint.outside / "own.toml"
    own.write_text((lint.tree / "bpf-lint.toml").read_text())
    assert lint("--config", str(own)).returncode == 1  # the user's file names the user's folder


def test_without_a_repository_only_headers_are_read_outside(lint: Lint) -> None:
    (lint.tree / ".git").rmdir()
    (lint.outside / "up.h").write_text("/* ghp_Ab12 */\n")
    (lint.outside / "netrc").write_text(SECRET_LINE + "\n")
    flags = f'front_end.flags = ["-I{lint.outside}"]\n'
    (lint.tree / "bpf-lint.toml").write_text(flags + CONFIG)
    lint.write(x="#include <up.h>\n" + PROGRAM)
    assert lint().returncode == 1
    lint.write(x=QUOTING % "netrc")
    done = lint()
    assert done.returncode == 2
    assert "ghp_Ab12" not in done.stdout + done.stderr


@pytest.mark.parametrize("key", ["baseline", "profile", "rules"])
def test_a_trees_configuration_names_files_of_the_tree_only(lint: Lint, key: str) -> None:
    (lint.outside / "x.toml").write_text('ghp_Ab12 = "x"\n')
    (lint.tree / "link.toml").symlink_to("../outside/x.toml")
    for path in ("../outside/x.toml", str(lint.outside / "x.toml"), "link.toml"):
        value = json.dumps([path] if key == "rules" else path)
        (lint.tree / "bpf-lint.toml").write_text(f"{key} = {value}\n" + CONFIG)
        done = lint()
        assert done.returncode == 2
        assert "is outside of" in done.stderr
        assert "bpf-lint.toml:1:" in done.stderr
        assert "ghp_Ab12" not in done.stdout + done.stderr


def test_a_link_is_no_way_out_for_sources_and_configuration(lint: Lint) -> None:
    (lint.outside / "y.c").write_text(CLEAN + "ghp_Ab12\n")
    (lint.tree / "x.c").unlink()
    (lint.tree / "x.c").symlink_to("../outside/y.c")
    done = lint()
    assert done.returncode == 2
    assert "is a link that leaves the tree" in done.stdout
    (lint.outside / "b.toml").write_text("ghp_Ab12 = 1\n")
    (lint.tree / "bpf-lint.toml").unlink()
    (lint.tree / "bpf-lint.toml").symlink_to("../outside/b.toml")
    for more in ([], ["--config", "bpf-lint.toml"]):
        done = lint(*more)
        assert done.returncode == 2
        assert "is a link that leaves" in done.stderr
        assert "ghp_Ab12" not in done.stderr


# --- what is no file -------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["/dev/zero", "/dev/full", "/dev/random", "fifo"])
def test_what_is_no_file_is_not_opened(lint: Lint, target: str) -> None:
    os.mkfifo(lint.tree / "fifo")
    (lint.tree / "link.h").symlink_to(target)
    for name in ("link.h", target):
        lint.write(x=f'#include "{name}"\n' + PROGRAM)
        done = lint()
        assert done.returncode == 2, done.stdout
        assert "not analysed" in done.stdout
        assert "internal error" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--baseline", "special"],
        ["--config", "special"],
        ["--profile", "special.toml"],
        ["-p", "special"],
    ],
)
def test_options_read_files_only(lint: Lint, arguments: list[str]) -> None:
    os.mkfifo(lint.tree / "special")
    os.mkfifo(lint.tree / "special.toml")
    done = lint(*arguments)
    assert done.returncode == 2
    assert "is not a regular file" in done.stderr


@pytest.mark.parametrize("key", ["baseline", "profile", "rules"])
def test_keys_read_files_only(lint: Lint, key: str) -> None:
    os.mkfifo(lint.tree / "special.toml")
    value = json.dumps(["special.toml"] if key == "rules" else "special.toml")
    (lint.tree / "bpf-lint.toml").write_text(f"{key} = {value}\n" + CONFIG)
    done = lint()
    assert done.returncode == 2
    assert "internal error" not in done.stderr


def test_a_source_or_configuration_that_is_a_device(lint: Lint) -> None:
    (lint.tree / "x.c").unlink()
    (lint.tree / "x.c").symlink_to("/dev/zero")
    assert lint().returncode == 2
    (lint.tree / "bpf-lint.toml").unlink()
    os.mkfifo(lint.tree / "bpf-lint.toml")
    assert "is not a regular file" in lint().stderr


# --- what is written -------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["sarif=out.x", "json=folder/out.x", "json=fifo"])
def test_reports_are_not_written_behind_a_link_of_the_tree(lint: Lint, place: str) -> None:
    (lint.outside / "out.x").write_text("before")
    (lint.tree / "out.x").symlink_to("../outside/out.x")
    (lint.tree / "folder").symlink_to("../outside")
    os.mkfifo(lint.tree / "fifo")
    done = lint(f"--output-format={place}")
    assert done.returncode == 2
    assert "link of the analysed tree" in done.stderr or "not a regular file" in done.stderr
    assert (lint.outside / "out.x").read_text() == "before"


def test_a_link_within_the_tree_is_no_place_for_a_baseline(lint: Lint) -> None:
    hook = lint.tree / ".git" / "hook"
    hook.write_text("before")
    (lint.tree / "baseline.json").symlink_to(".git/hook")
    assert lint("--write-baseline", "baseline.json").returncode == 2
    assert hook.read_text() == "before"


def test_links_of_the_users_own_are_followed(lint: Lint) -> None:
    (lint.outside / "real").mkdir()
    (lint.outside / "link").symlink_to("real")
    report = lint.outside / "link" / "report.json"
    assert lint(f"--output-format=json={report}").returncode == 1
    assert json.loads((lint.outside / "real" / "report.json").read_text())["version"] == 1


def test_a_crash_leaves_no_core_file(lint: Lint) -> None:
    lint.write(x="#pragma clang __debug crash\n" + PROGRAM)
    before = sorted(lint.tree.iterdir())
    lint()
    assert sorted(lint.tree.iterdir()) == before


# --- the cache -------------------------------------------------------------------------------


def test_a_cache_behind_a_link_of_the_tree_is_not_used(lint: Lint) -> None:
    models = lint.outside / "models"
    models.mkdir()
    for number in range(3):
        with (models / f"{number}.bin").open("wb") as stream:
            stream.truncate(150_000_000)
    (lint.tree / ".cache").symlink_to("../outside")
    for secret in ("", "secret"):
        done = lint("--cache-dir", ".cache", cached=True, **{SECRET: secret})
        assert "is behind a link of the analysed tree" in done.stderr
        assert [path.name for path in lint.outside.iterdir()] == ["models"]
        assert len(list(models.iterdir())) == 3


def test_a_cache_in_the_tree_needs_a_secret(lint: Lint) -> None:
    done = lint("--cache-dir", ".cache", cached=True)
    assert "lies in the analysed tree" in done.stderr
    assert not (lint.tree / ".cache").exists()
    done = lint("--cache-dir", ".cache", cached=True, **{SECRET: "secret"})
    assert (done.returncode, done.stderr) == (1, "")
    assert (lint.tree / ".cache" / ".gitignore").read_text() == "*\n"


def test_an_entry_of_another_secret_is_none(lint: Lint) -> None:
    from bpf_lint.cache.folder import Folder, key_of

    with pytest.MonkeyPatch.context() as patch:
        key = key_of("x")
        patch.setenv(SECRET, "one")
        Folder(lint.outside).put(key, b"clean")
        assert Folder(lint.outside).get(key) == b"clean"
        patch.setenv(SECRET, "two")
        assert Folder(lint.outside).get(key) is None
        patch.delenv(SECRET)
        assert Folder(lint.outside).get(key) is None


def test_a_cache_where_others_may_write_is_not_used(lint: Lint) -> None:
    shared = lint.outside / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    done = lint("--cache-dir", str(shared), cached=True)
    assert "others may write there" in done.stderr
    assert not list(shared.iterdir())


def test_pruning_removes_entries_only(tmp_path: Path) -> None:
    from bpf_lint.cache.folder import Folder, key_of

    folder = Folder(tmp_path / "cache", bound=2000)
    for number in range(3):
        folder.put(key_of(str(number)), b"x" * 900)
    group = next(path for path in (tmp_path / "cache").iterdir() if path.is_dir())
    others = [group / f"{'0' * 62}.bin", group / "model.bin", tmp_path / "cache" / "big.bin"]
    for other in others:
        other.write_bytes(b"x" * 5000)
    (group / f"{'1' * 62}.bin").symlink_to(others[0])
    folder.prune()
    assert all(other.exists() for other in others)
    assert (group / f"{'1' * 62}.bin").is_symlink()
    assert len([n for n in range(3) if folder.get(key_of(str(n)))]) == 2


@pytest.mark.parametrize("name", ["sub/new.h", "sub/deep/new.h", "{tree}/sub/new.h"])
@pytest.mark.parametrize("form", ['__has_include("{name}")', "__has_include ( <{name}> )"])
def test_a_header_that_is_tested_for_counts_when_it_comes(lint: Lint, name: str, form: str) -> None:
    flags = 'front_end.flags = ["-I."]\n'
    (lint.tree / "bpf-lint.toml").write_text(flags + CONFIG)
    test = form.format(name=name.format(tree=lint.tree))
    call = "return bpf_redirect(UPLINK, 0);"
    lint.write(x=PROGRAM.replace(call, f"\n#if {test}\n{call}\n#endif\nreturn 0;\n"))
    assert (lint(cached=True).returncode, lint(cached=True).returncode) == (0, 0)
    header = lint.tree / name.format(tree=lint.tree)
    header.parent.mkdir(parents=True)
    header.touch()
    assert lint(cached=True).returncode == 1


def test_a_test_for_a_header_of_unknown_name_is_not_cached(lint: Lint) -> None:
    call = "return bpf_redirect(UPLINK, 0);"
    guarded = f'\n#define NAME "new.h"\n#if __has_include(NAME)\n{call}\n#endif\nreturn 0;\n'
    lint.write(x=PROGRAM.replace(call, guarded))
    assert lint(cached=True).returncode == 0
    (lint.tree / "new.h").touch()
    assert lint(cached=True).returncode == 1


def test_a_cache_serves_another_installation(lint: Lint, tmp_path: Path) -> None:
    """Times and places of installed files are no part of the keys."""
    import bpf_lint

    copies = [tmp_path / "one", tmp_path / "two"]
    kept = []
    for number, copy in enumerate(copies):
        shutil.copytree(Path(bpf_lint.__file__).parent, copy / "bpf_lint")
        shutil.copytree(Path(bpf_lint.__file__).parent.parent / "rules", copy / "rules")
        for path in copy.rglob("*.py"):
            os.utime(path, (number * 1000, number * 1000))
        command = [sys.executable, "-P", "-m", "bpf_lint", "check", "--cache-dir", "../cache", "."]
        environment = {**os.environ, "PYTHONPATH": str(copy)}
        subprocess.run(command, cwd=lint.tree, env=environment, capture_output=True, check=False)
        kept.append(sorted(path.name for path in (tmp_path / "cache").rglob("*.bin")))
    assert kept[0] == kept[1] != []


# --- what is run -----------------------------------------------------------------------------


def test_modules_of_the_tree_are_not_imported(lint: Lint) -> None:
    for name in ("click", "msgspec", "multiprocessing", "networkx", "sitecustomize", "clang"):
        (lint.tree / f"{name}.py").write_text("open('RAN', 'w')\n")
    assert lint().returncode == 1
    command = [sys.executable, "-m", "bpf_lint", "--no-cache", "."]
    done = subprocess.run(command, cwd=lint.tree, capture_output=True, check=False)
    assert done.returncode == 1
    assert not (lint.tree / "RAN").exists()
