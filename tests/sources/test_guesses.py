"""Flags that a repository's files tell, and headers found by the end of their path."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bpf_lint.files.reach import Reach
from bpf_lint.sources import text
from bpf_lint.sources.guesses import Guess, guess
from bpf_lint.sources.makefiles import Makefile

PROGRAM = '#include <linux/bpf.h>\n#include "map_types.h"\nSEC("tc") int f(void) { return 0; }\n'


def write(root: Path, **files: str) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    text.forget()
    write(tmp_path, **{"bpf/p.c": PROGRAM})
    return tmp_path


def guessed(root: Path, program: str = "bpf/p.c", **options: bool) -> Guess:
    text.forget()
    found = guess(
        [str(root / program)], root, ("-O2",), Reach(str(root)), system_headers=False, **options
    )
    return found.programs[str(root / program)]


def test_a_header_is_found_by_the_end_of_its_path(root: Path) -> None:
    write(root, **{"lib/map_types.h": ""})
    found = guessed(root)
    assert found.flags == ("-O2", "-I", "lib")
    (basis,) = found.basis
    assert (basis.path, basis.line, basis.others) == ("bpf/p.c", 2, ())


def test_the_nearest_header_wins_and_the_others_are_named_and_tried_next(root: Path) -> None:
    write(root, **{"bpf/inc/map_types.h": "", "far/away/map_types.h": ""})
    found = guessed(root)
    assert found.flags == ("-O2", "-I", "bpf/inc")
    assert found.basis[0].others == ("far/away",)
    assert found.alternatives == (("-O2", "-I", "far/away"),)


def test_a_folder_that_has_the_name_of_another_flag_is_added_all_the_same(root: Path) -> None:
    write(root, **{"bpf/p.c": '#include "sub/own.h"\n', "bpf/lib/x.c": "", "tc/sub/own.h": ""})
    text.forget()
    program = str(root / "bpf" / "p.c")
    found = guess([program], root, ("-target", "tc"), Reach(str(root)), system_headers=False)
    assert found.programs[program].flags == ("-target", "tc", "-I", "tc")


def test_headers_of_headers_are_found_too(root: Path) -> None:
    write(root, **{"a/map_types.h": "#include <deep/types.h>\n", "b/deep/types.h": ""})
    assert guessed(root).flags == ("-O2", "-I", "a", "-I", "b")


def test_headers_of_the_kernel_and_of_libc_are_not_looked_for(root: Path) -> None:
    write(
        root,
        **{"bpf/map_types.h": "#include <string.h>\n", "user/linux/bpf.h": "", "x/string.h": ""},
    )
    assert guessed(root).flags == ("-O2",)


def test_the_repositorys_own_vmlinux_comes_first_for_this_processor(root: Path) -> None:
    write(
        root,
        **{
            "bpf/map_types.h": '#include "vmlinux.h"\n',
            "bpf/s390/vmlinux.h": "",
            "vmlinux/x86/vmlinux.h": "",
            "vmlinux/arm64/vmlinux.h": "",
        },
    )
    folder = guessed(root).flags[-1]
    assert folder in ("vmlinux/x86", "vmlinux/arm64")


def test_bpf2go_lines_tell_flags_and_processor(root: Path) -> None:
    line = (
        '//go:generate go run github.com/cilium/ebpf/cmd/bpf2go -cc clang -cflags "-O2 -DFAST=1 $X"'
        " -target arm64 -type key thing ../bpf/p.c -- -I../bpf/headers -I/usr/include/x\n"
    )
    write(root, **{"pkg/gen.go": "package pkg\n\n" + line, "bpf/headers/map_types.h": ""})
    found = guessed(root)
    assert found.flags == ("-DFAST=1", "-I", "bpf/headers", "-D__TARGET_ARCH_arm64", "-O2")
    assert {(one.path, one.line) for one in found.basis} == {("pkg/gen.go", 3)}


def recorded(directory: str, *words: str, file: str = "../bpf/p.c") -> str:
    command = " ".join(["ccache", "/opt/llvm/bin/clang", *words, "-c", file, "-o", "p.o"])
    return json.dumps([{"directory": directory, "file": file, "command": command}], indent=1)


def test_a_database_that_a_build_left_anywhere_tells_flags(root: Path) -> None:
    text = recorded(str(root / "out"), "-target bpf", "-DN=2", "-I../lib", "-fplugin=evil.so")
    write(root, **{"lib/map_types.h": "", "out/deep/compile_commands.json": text})
    write(root, **{"bpf/Makefile": "x:\n\tclang -target bpf -DNOT\n"})
    found = guessed(root)
    assert found.flags == ("-DN=2", "-I", "lib", "-O2")
    places = {(one.path, one.line) for one in found.basis}
    assert places == {("out/deep/compile_commands.json", 4)}
    assert guessed(root, build_files=False).flags == ("-O2", "-I", "lib")


def test_a_generator_line_comes_before_a_database(root: Path) -> None:
    write(root, **{"build/compile_commands.json": recorded(str(root / "build"), "-DNOT=1")})
    write(root, **{"gen.go": '//go:generate bpf2go -cflags "-DFAST=1" x bpf/p.c\n'})
    assert guessed(root).flags == ("-DFAST=1", "-O2")


def test_of_several_databases_the_one_for_bpf_comes_first_then_the_nearest(root: Path) -> None:
    place = str(root / "build")
    write(root, **{"bpf/compile_commands.json": recorded(place, "-DHOST=1")})
    write(root, **{"a/b/compile_commands.json": recorded(place, "--target=bpf", "-DFAR=1")})
    write(root, **{"a/compile_commands.json": recorded(place, "-target", "bpf", "-DNEAR=1")})
    assert guessed(root).flags == ("-DNEAR=1", "-O2")


def test_a_database_of_a_build_in_another_folder_is_understood(root: Path) -> None:
    words = ("-target bpf", "-I/ci/src/lib", "-I../inc", "-I/ci/src-other/x", "-DAT=/ci/src/x")
    text = recorded("/ci/src/build", *words, file="/ci/src/bpf/p.c")
    write(root, **{"lib/map_types.h": "", "inc/x.h": "", "build/compile_commands.json": text})
    assert guessed(root).flags == ("-I", "lib", "-I", "inc", f"-DAT={root}/x", "-O2")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "[" * 100_000,
        recorded(".", "-I/etc", "-include /etc/passwd", "-I../../../etc", "@options", "-DX="),
        recorded(".", "-DQ='"),
        recorded("\0"),
        recorded(".", "-DX=1", file="../bpf/q.c"),
        recorded(".", "-DX=1", file="../bpf/p.cc"),
    ],
)
def test_a_database_is_text_whatever_it_says(root: Path, text: str) -> None:
    write(root, **{"build/compile_commands.json": text, "bpf/q.c": "", "bpf/p.cc": ""})
    assert set(guessed(root).flags) <= {"-O2", "-DX="}


def test_a_database_that_a_link_brings_in_is_not_read(root: Path) -> None:
    tree = root / "tree"
    write(tree, **{"bpf/p.c": PROGRAM})
    text = recorded(str(tree / "bpf"), "-target bpf", "-DOUT=1")
    write(root, **{"elsewhere/compile_commands.json": text})
    (tree / "compile_commands.json").symlink_to(root / "elsewhere" / "compile_commands.json")
    assert guessed(tree).flags == ("-O2",)


def test_a_makefiles_command_for_bpf_tells_flags(root: Path) -> None:
    makefile = (
        "include ../common.mk\n"
        "CFLAGS := -Wall -I/usr/include -I$(TOP)/missing\n"
        "BPF_FLAGS = $(shell ./configure) -DMODE=2 \\\n\t-I$(TOP)/inc $(EXTRA:x=y)\n"
        "%.o: %.c\n\tclang -target bpf $(BPF_FLAGS) -c $< -o $@\n"
        "user: user.c\n\tgcc -DUSER=1 $(CFLAGS) user.c\n"
    )
    write(root, **{"bpf/Makefile": makefile, "common.mk": "TOP = ..\nEXTRA = -DEXTRA\n"})
    write(root, **{"inc/map_types.h": ""})
    found = guessed(root)
    assert found.flags == ("-DMODE=2", "-I", "inc", "-DEXTRA", "-O2")
    assert {(one.path, one.line) for one in found.basis} == {("bpf/Makefile", 6)}


@pytest.mark.parametrize(
    "line",
    [
        "F = $(F) -I$(F)",
        "A = $(B)\nB = $(A)",
        "include Makefile",
        "F := $(shell rm -rf /)",
        "F = `id`",
        "\n".join(f"F{n} = $(F{n + 1})$(F{n + 1})x" for n in range(60)) + "\nF = $(F0)",
        "F = -I../../../etc -include /etc/passwd",
    ],
)
def test_makefiles_are_text_whatever_they_say(root: Path, line: str) -> None:
    write(root, **{"bpf/Makefile": f"{line}\nx:\n\tclang -target bpf $(F) $(A) -c p.c\n"})
    assert guessed(root).flags == ("-O2",)


def test_variables_are_joined_where_they_grow(root: Path) -> None:
    write(root, Makefile="F = -DA\nF += -DB\nF ?= -DC\nx:\n\t$(CLANG) -target bpf $F $(F)\n")
    flags = Makefile(str(root / "Makefile"), str(root)).flags()
    assert [flag.words for flag in flags] == [("-DA",), ("-DB",)]


def test_cmake_and_meson_tell_include_folders(root: Path) -> None:
    write(root, **{"lib/map_types.h": "", "CMakeLists.txt": "include_directories(lib)\n"})
    assert guessed(root).flags == ("-I", "lib", "-O2")
    (root / "CMakeLists.txt").unlink()
    write(root, **{"meson.build": "inc = include_directories('lib')\n"})
    assert guessed(root).flags == ("-I", "lib", "-O2")


def test_flags_of_the_user_are_only_added_to(root: Path) -> None:
    write(root, **{"lib/map_types.h": "", "Makefile": "x:\n\tclang -target bpf -DNOT\n"})
    assert guessed(root, build_files=False).flags == ("-O2", "-I", "lib")


def test_a_source_that_a_program_includes_is_a_part_of_it(root: Path) -> None:
    write(root, **{"bpf/whole.c": '#include "p.c"\n', "bpf/map_types.h": ""})
    text.forget()
    paths = [str(root / "bpf" / name) for name in ("p.c", "whole.c")]
    assert guess(paths, root, (), Reach(str(root))).parts == (paths[0],)


def test_links_out_of_the_repository_are_not_followed(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    write(outside, **{"map_types.h": ""})
    (root / "link").symlink_to(outside)
    assert guessed(root).flags == ("-O2",)


def test_headers_beside_the_tree_are_none_of_it(root: Path) -> None:
    """Without a repository, the report's root is the folder that bpf-lint is run in."""
    write(root, **{"elsewhere/map_types.h": "", "bpf/inc/other.h": ""})
    write(
        root,
        **{
            "bpf/p.c": PROGRAM + '#include "other.h"\n',
            "Makefile": "x:\n\tclang -target bpf -DOUTSIDE -c bpf/p.c\n",
        },
    )
    text.forget()
    program = str(root / "bpf/p.c")
    reach = Reach(str(root / "bpf"))
    found = guess([program], root, ("-O2",), reach, system_headers=False).programs[program]
    assert found.flags == ("-O2", "-I", "bpf/inc")
