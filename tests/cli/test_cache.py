"""The cache: same bytes, and nothing stale, foreign or damaged is believed."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bpf_lint.cache.folder import AGE, Folder, key_of
from bpf_lint.cache.manifest import file_digest, forget, include_folders, manifest
from bpf_lint.pipeline import Request, answers
from bpf_lint.pipeline.analyse import Answer, Work, analyse
from bpf_lint.pipeline.request import Progress
from tests.cli.conftest import CONFIG, Lint


@pytest.fixture
def analyses(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by the number of systems whenever something is analysed."""
    found: list[int] = []
    real = analyse

    def counted(work: Work, jobs: int, progress: Progress) -> list[Answer]:
        found.append(len(work.systems))
        return real(work, jobs, progress)

    monkeypatch.setattr(answers, "analyse", counted)
    return found


def test_a_second_run_gives_the_same_bytes_without_analysis(
    lint: Lint, analyses: list[int]
) -> None:
    cold = lint("bpf", "--output-format", "json")
    warm = lint("bpf", "--output-format", "json")
    assert (warm.code, warm.out) == (cold.code, cold.out)
    assert analyses == [1]
    assert lint("bpf", "--output-format", "json", "--no-cache").out == cold.out
    assert analyses == [1, 1]


def test_every_change_counts(lint: Lint, project: Path, analyses: list[int]) -> None:
    header = project / "bpf" / "lib.h"

    def runs() -> int:
        lint("bpf")
        return len(analyses)

    assert (runs(), runs()) == (1, 1)
    state = os.stat(header)
    header.write_text("#define UPLINK_IFINDEX 8\n")
    os.utime(header, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert (runs(), runs()) == (2, 2)
    (project / "bpf" / "bpf-lint.toml").write_text(
        CONFIG + '[devices.more]\nkind = "veth"\nnetns = "host"\n'
    )
    assert (runs(), runs()) == (3, 3)
    lint("bpf", "-D", "X")
    assert len(analyses) == 4


def test_only_systems_that_an_edit_touches_are_analysed(
    lint: Lint, project: Path, analyses: list[int]
) -> None:
    config = project / "bpf" / "bpf-lint.toml"
    config.write_text(
        CONFIG.replace('"pod.c"', '"p*.c"', 1)
        + '[modes.one]\ndefines = ["ONE"]\n[modes.two]\ndefines = ["TWO"]\n'
    )
    source = project / "bpf" / "pod.c"
    source.write_text(source.read_text() + "#ifdef ONE\nint one;\n#elif defined TWO\n#endif\n")
    before = lint("bpf", "--output-format", "json").out
    source.write_text(source.read_text().replace("int one;", "int two;"))
    assert lint("bpf", "--output-format", "json").out == before
    source.write_text(source.read_text().replace("UPLINK_IFINDEX, 0", "skb->ifindex, 0"))
    assert lint("bpf", "--output-format", "json").out != before
    assert analyses == [2, 1, 2]


def test_the_text_of_a_line_counts_where_a_kept_answer_quotes_it(
    lint: Lint, project: Path, analyses: list[int]
) -> None:
    source = project / "bpf" / "pod.c"
    lint("bpf")
    source.write_text(source.read_text().replace("_IFINDEX, 0);", "_IFINDEX, 0); // new"))
    out = lint("bpf", "--output-format", "json").out
    assert "// new" in out
    assert lint("bpf", "--output-format", "json", "--no-cache").out == out


def test_a_new_file_that_would_be_found_first_counts(lint: Lint, project: Path) -> None:
    (project / "late").mkdir()
    (project / "early").mkdir()
    (project / "bpf" / "lib.h").rename(project / "late" / "lib.h")
    flags = '[front_end]\nflags = ["-I../early", "-I../late"]\n'
    (project / "bpf" / "bpf-lint.toml").write_text(CONFIG + flags)
    assert lint("bpf").code == 1
    (project / "early" / "lib.h").write_text("#define UPLINK_IFINDEX (skb->ifindex)\n")
    assert lint("bpf").code == 0


def test_damaged_and_foreign_entries_are_ignored(
    lint: Lint, project: Path, analyses: list[int]
) -> None:
    out = lint("bpf").out
    entries = sorted((project.parent / "cache").rglob("*.bin"))
    assert entries
    for damage in (b"", b"foreign", entries[0].read_bytes()[:-3]):
        for entry in entries:
            entry.write_bytes(damage)
        assert lint("bpf").out == out
    entries[0].write_bytes(entries[-1].read_bytes())
    assert lint("bpf").out == out
    assert len(analyses) >= 4


def test_a_cache_that_cannot_be_written_is_no_error(lint: Lint, project: Path) -> None:
    (project / "file").write_text("")
    assert lint("bpf", "--cache-dir", "file").code == 1


def test_a_failed_program_is_tried_again(lint: Lint, project: Path) -> None:
    (project / "bpf" / "pod.c").write_text('#include "sub/none.h"\n' + _program(project))
    assert lint("bpf").code == 2
    (project / "bpf" / "sub").mkdir()
    (project / "bpf" / "sub" / "none.h").write_text("")
    assert lint("bpf").code == 1


def _program(project: Path) -> str:
    return (project / "bpf" / "pod.c").read_text()


def test_entries_belong_to_their_key(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    one, two = key_of("one"), key_of("two")
    folder.put(one, b"data")
    assert (folder.get(one), folder.get(two)) == (b"data", None)
    source = next(tmp_path.rglob("*.bin"))
    target = tmp_path / two[:2] / f"{two[2:]}.bin"
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(source.read_bytes())
    assert folder.get(two) is None


def test_concurrent_writers_leave_whole_entries(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    key = key_of("shared")
    texts = [bytes([n]) * 200_000 for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: folder.put(key, text), texts * 5))
    assert folder.get(key) in texts
    assert [path.suffix for path in tmp_path.rglob("*") if path.is_file()] == [".bin"]


def test_the_oldest_entries_go_first(tmp_path: Path) -> None:
    folder = Folder(tmp_path, bound=3000)
    keys = [key_of(str(n)) for n in range(4)]
    now = time.time()
    for age, key in enumerate(keys):
        folder.put(key, b"x" * 900)
        path = tmp_path / key[:2] / f"{key[2:]}.bin"
        os.utime(path, (now - 1000 + age, now - 1000 + age))
    assert folder.get(keys[0]) is not None  # used just now: no longer the oldest
    folder.prune()
    assert [folder.get(key) is not None for key in keys] == [True, False, True, True]


def test_entries_that_nobody_uses_go(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    old, young = key_of("old"), key_of("young")
    for key, age in ((old, AGE + 60), (young, AGE - 3600)):
        folder.put(key, b"data")
        used = time.time() - age
        os.utime(tmp_path / key[:2] / f"{key[2:]}.bin", (used, used))
    folder.prune()
    assert (folder.get(old), folder.get(young)) == (None, b"data")


def test_include_folders_of_flags() -> None:
    flags = ["-I", "a", "-Ib", "-isystem", "c", "-DX=-Id", "-O2"]
    assert include_folders(flags) == ["a", "b", "c"]


def test_a_manifest_sees_a_shadowing_file_in_a_subfolder(tmp_path: Path) -> None:
    for name in ("one/linux", "two/linux"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "two/linux/if.h").write_text("")
    forget()
    found = manifest(str(tmp_path), ["two/linux/if.h"], [["-Ione", "-Itwo"]])
    assert found.holds()
    (tmp_path / "one/linux/if.h").write_text("")
    forget()
    assert not found.holds()
    assert file_digest(str(tmp_path / "none")) == b""


def test_requests_do_not_name_a_cache_by_default() -> None:
    assert Request(paths=("x",)).cache is None
