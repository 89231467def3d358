"""Causes: said once each, with the remedy that is true."""

from __future__ import annotations

from pathlib import Path

import pytest

from bpf_lint.config import probes
from bpf_lint.model.finding import Skipped
from bpf_lint.pipeline.causes import FOLDER, causes, empty_submodules


@pytest.fixture
def root(tmp_path: Path) -> Path:
    probes.content.cache_clear()
    (tmp_path / "bpf").mkdir()
    (tmp_path / ".gitmodules").write_text(
        '[submodule "a"]\n\tpath = bpf/headers\n\turl = x\n[submodule "b"]\n\tpath = full\n'
    )
    (tmp_path / "bpf" / "headers").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "there").write_text("")
    return tmp_path


def lacks(program: str, *names: str) -> Skipped:
    return Skipped(program, "; ".join(f"p.c:1:1: '{name}' file not found" for name in names))


def test_submodules_that_are_not_checked_out_are_found(root: Path) -> None:
    assert empty_submodules(root) == ["bpf/headers"]


def test_all_headers_of_one_remedy_are_one_cause_for_all_programs(root: Path) -> None:
    wanted = [
        lacks("bpf/p.c", "headers/a.h", "headers/b.h"),
        lacks("bpf/q.c", "headers/a.h", "headers/b.h"),
    ]
    (cause,) = causes(wanted, root)
    assert cause.text == "'headers/a.h', 'headers/b.h' not found"
    assert cause.programs == ("bpf/p.c", "bpf/q.c")
    assert "bpf/headers is a submodule that is not checked out" in cause.remedy


def test_a_generated_header_has_the_command_that_writes_it(tmp_path: Path) -> None:
    (cause,) = causes([lacks("p.c", "gen/vmlinux.h")], tmp_path)
    assert "bpftool btf dump file /sys/kernel/btf/vmlinux format c" in cause.remedy


def test_any_other_header_needs_its_folder(tmp_path: Path) -> None:
    (cause,) = causes([lacks("p.c", "own.h")], tmp_path)
    assert cause.remedy == FOLDER


def test_programs_for_bcc_are_named_as_such(tmp_path: Path) -> None:
    probes.content.cache_clear()
    (tmp_path / "p.bpf.c").write_text("BPF_HASH(counts, u32);\nint f(void *ctx) { return 0; }\n")
    (cause,) = causes([Skipped("p.bpf.c", "p.bpf.c:1:1: expected ')' (and 3 more)")], tmp_path)
    assert "BCC" in cause.text


def test_the_same_error_at_other_places_is_one_cause(tmp_path: Path) -> None:
    (cause,) = causes([Skipped("a.c", "a.c:1:2: bad"), Skipped("b.c", "b.c:3:4: bad")], tmp_path)
    assert (cause.text, cause.programs) == ("a.c:1:2: bad", ("a.c", "b.c"))
