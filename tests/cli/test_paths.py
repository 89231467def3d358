"""What paths in a configuration are relative to, and globs that match nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import CONFIG, PROGRAM, Lint

IGNORED = '[[per_path]]\npath = "pod.c"\nignore = ["*"]\n'
STORES = """\
#include "lib.h"
struct { int (*type)[1]; int *key; int *value; } %s __attribute__((section(".maps")));
static long (*bpf_map_update_elem)(void *map, void *key, void *value, int flags) = (void *)2;
static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
"""


@pytest.fixture
def tree(project: Path) -> Path:
    return project


def test_a_named_file_describes_the_folder_on_the_command_line(tree: Path, lint: Lint) -> None:
    before = lint("bpf")
    (tree / "bpf" / "bpf-lint.toml").rename(tree / "other.toml")
    assert lint("bpf", "--config", "other.toml").out == before.out
    (tree / "elsewhere").mkdir()
    (tree / "other.toml").rename(tree / "elsewhere" / "other.toml")
    assert lint("bpf", "--config", "elsewhere/other.toml").out == before.out


def test_a_folders_own_file_describes_it_when_it_is_named(tree: Path, lint: Lint) -> None:
    (tree / "bpf" / "below").mkdir()
    (tree / "bpf" / "below" / "more.c").write_text(PROGRAM)
    more = CONFIG.replace('"pod.c"', '"below/more.c"')
    (tree / "bpf" / "bpf-lint.toml").write_text(more)
    found = lint("bpf/below")
    assert found.code == 1
    assert lint("bpf/below", "--config", "bpf/bpf-lint.toml").out == found.out


@pytest.mark.parametrize("place", ["bpf-lint.toml", "bpf/bpf-lint.toml"])
def test_all_paths_of_a_file_have_one_base(tree: Path, lint: Lint, place: str) -> None:
    (tree / "bpf" / "bpf-lint.toml").unlink()
    here = "" if place.startswith("bpf/") else "bpf/"
    (tree / "bpf" / "old.c").write_text("int old;\n")
    (tree / "bpf" / "inc").mkdir()
    config = CONFIG.replace('"pod.c"', f'"{here}pod.c"')
    head = f'exclude = ["{here}old.c"]\n[front_end]\nflags = ["-I{here}inc"]\n'
    (tree / place).write_text(head + config)
    assert lint("bpf").code == 1
    (tree / place).write_text(head + config + IGNORED.replace("pod.c", f"{here}pod.c"))
    assert lint("bpf").code == 0
    (tree / place).write_text(head.replace("old.c", "pod.c") + config)
    assert "no C source files" in lint("bpf").err or lint("bpf").code == 2


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (IGNORED.replace("pod.c", "bpf/pod.c"), '6: "bpf/pod.c" matches nothing: no C source'),
        (IGNORED.replace("pod.c", "*.cc"), '"*.cc" matches nothing'),
        (IGNORED.replace('"*"', '"cros-*"'), 'no rule matches "cros-*"'),
        ('ignore = ["cros-*"]\n', 'bpf-lint.toml:1: no rule matches "cros-*"'),
        ('rules = ["mine"]\n', 'bpf-lint.toml:1: no rule file or folder "mine"'),
        ('baseline = "known.json"\n', 'bpf-lint.toml:1: no baseline "known.json"'),
        ('tail_sections = ["{map}"]\n', 'bpf-lint.toml:1: "{map}" has no {index}'),
        ('only_modes = ["a"]\n', 'bpf-lint.toml:1: unknown mode "a"'),
    ],
)
def test_what_matches_nothing_is_an_error(tree: Path, lint: Lint, more: str, message: str) -> None:
    text = more + CONFIG if "=" in more.splitlines()[0] else "\n" * 4 + more + CONFIG
    (tree / "bpf" / "bpf-lint.toml").write_text(text)
    done = lint("bpf")
    assert done.code == 2
    assert message in done.err


def test_an_optional_path_may_be_absent(tree: Path, lint: Lint) -> None:
    more = IGNORED.replace("pod.c", "old.c") + "optional = true\n"
    (tree / "bpf" / "bpf-lint.toml").write_text(CONFIG + more)
    assert lint("bpf").code == 1


@pytest.mark.parametrize(("written", "said"), [("flows", True), ("others", False)])
def test_an_excluded_program_that_stores_what_others_read_is_named(
    tree: Path, lint: Lint, written: str, said: bool
) -> None:
    bpf = tree / "bpf"
    (bpf / "bpf-lint.toml").write_text('exclude = ["writer.c"]\n' + CONFIG)
    reads = "int k = 0; int *v = bpf_map_lookup_elem(&flows, &k); return v ? *v : "
    program = PROGRAM.replace("return bpf_redirect(UP", reads + "bpf_redirect(UP")
    (bpf / "pod.c").write_text(STORES % "flows" + program)
    store = f"int f(int v) {{ int k = 0; return bpf_map_update_elem(&{written}, &k, &v, 0); }}\n"
    (bpf / "writer.c").write_text(f"/* update_elem(&flows */\n{STORES % written}{store}")
    out = " ".join(lint("bpf").out.split())
    line = "bpf/writer.c is left out by `exclude`, and stores in flows, where other programs read"
    assert (line in out) == said


def test_modes_have_one_spelling(tree: Path, lint: Lint) -> None:
    for text, message in (
        ('modes = ["a"]\n', '"modes" are tables, [modes.NAME]; "only_modes" is the list of'),
        ("[mode.a]\n", 'unknown key "mode"; did you mean "modes"?'),
    ):
        (tree / "bpf" / "bpf-lint.toml").write_text(text + CONFIG)
        done = lint("bpf")
        assert (done.code, message in done.err, "bpf-lint.toml:1:" in done.err) == (2, True, True)


def test_a_folder_of_no_repository_is_read_from_wherever_it_is_named(
    tree: Path, lint: Lint, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree / ".git").rmdir()
    (tree / "away").mkdir()
    monkeypatch.chdir(tree / "away")
    wrong = "return bpf_redirect(UPLINK_IFINDEX, 0);"
    guarded = PROGRAM.replace(wrong, f"#ifdef FAST\n\t{wrong}\n#endif\n\treturn 0;")
    (tree / "bpf" / "pod.c").write_text(guarded)
    config = f'{CONFIG}\n[configurations.fast]\ndefines = ["FAST"]\n'
    (tree / "bpf" / "bpf-lint.toml").write_text(config)
    told = lint(tree / "bpf").out
    assert f"|         {wrong}\n" in told
    assert "with FAST; configuration fast" in told
    comment = "/* bpf-lint: ignore[cross-netns-redirect] -- known */"
    (tree / "bpf" / "pod.c").write_text(guarded.replace(wrong, f"{wrong} {comment}"))
    assert "1 suppressed" in lint(tree / "bpf").out
