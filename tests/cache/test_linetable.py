"""Where lines of a file are in another state of it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bpf_lint.cache import linetable
from bpf_lint.cache.folder import Folder
from bpf_lint.cache.linetable import moves, table
from bpf_lint.cache.manifest import file_digest, forget


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("a\nb\nc", "a\nb\nc", {1: 1, 2: 2, 3: 3}),
        ("a\nb\nc", "a\nx\nb\nc", {1: 1, 2: 3, 3: 4}),
        ("a\nb\nc", "a\nc", {1: 1, 3: 2}),
        ("a\nb\nc", "a\nB\nc", {1: 1, 3: 3}),
        ("a\na\na", "a", {1: 1}),
        ("a", "", {}),
        ("a\nb", "b\na", {1: 2}),
        ("a\n", "a \n", {2: 2}),
    ],
)
def test_lines_are_found_by_their_text(old: str, new: str, found: dict[int, int]) -> None:
    assert moves(table(old.encode()), table(new.encode())) == found


def test_lines_that_are_found_have_the_same_text_and_order() -> None:
    chance = random.Random(1)
    for _ in range(300):
        old = [chance.choice("abcde") for _ in range(chance.randrange(30))]
        new = list(old)
        for _ in range(chance.randrange(6)):
            at = chance.randrange(len(new) + 1)
            new[at : at + chance.randrange(3)] = chance.choices("abcdef", k=chance.randrange(3))
        found = moves(table("\n".join(old).encode()), table("\n".join(new).encode()))
        assert all(old[one - 1] == new[other - 1] for one, other in found.items() if old and new)
        assert sorted(found.values()) == [found[one] for one in sorted(found)]
        assert len(set(found.values())) == len(found)


def test_a_file_is_compared_with_what_it_was(tmp_path: Path) -> None:
    cache, file = Folder(tmp_path / "cache"), tmp_path / "a.h"
    file.write_text("one\ntwo\n")
    forget()
    before = linetable.keep(cache, str(file))
    assert linetable.moved(cache, str(file), before) is None
    file.write_text("zero\none\ntwo\n")
    forget()
    assert linetable.moved(cache, str(file), before) == {1: 2, 2: 3, 3: 4}
    assert linetable.moved(cache, str(file), b"never seen") == {}
    file.unlink()
    forget()
    assert linetable.moved(cache, str(file), before) == {}


def test_lines_are_not_kept_for_a_state_that_is_over(tmp_path: Path) -> None:
    cache, file = Folder(tmp_path / "cache"), tmp_path / "a.h"
    file.write_text("one\n")
    forget()
    before = file_digest(str(file))
    file.write_text("zero\none\n")
    assert linetable.keep(cache, str(file)) == before
    forget()
    assert linetable.moved(cache, str(file), before) == {}


def test_a_lone_carriage_return_ends_a_line_for_compilers_only() -> None:
    assert table(b"a\rb\n") == b""
    assert table(b"a\r\nb\r\n") != b""
