"""Compiler flags of an analysed tree: kept, dropped, or refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bpf_lint.files.reach import Reach
from bpf_lint.model.errors import ConfigError
from bpf_lint.model.trust import Trust
from bpf_lint.sources.database import load
from bpf_lint.sources.flags import vet


def kept(root: Path, *flags: str, trust: Trust = Trust.TREE) -> tuple[str, ...]:
    return vet(flags, root / "bpf", root, Reach(str(root)), trust).flags


@pytest.mark.parametrize(
    "flags",
    [
        ("-fplugin=evil.so",),
        ("-fplugin-arg-x-y",),
        ("-fpass-plugin=evil.so",),
        ("-Xclang", "-load"),
        ("-Xclang", "-add-plugin"),
        ("-load", "evil.so"),
        ("-mllvm", "-load=evil.so"),
        ("@options",),
        ("-B/tmp/tools",),
        ("-B", "tools"),
        ("--config", "x.cfg"),
        ("--config=x.cfg",),
        ("--config-system-dir=x",),
        ("-wrapper", "sh,-c"),
        ("-cc1",),
        ("-cc1as",),
        ("-ccc-gcc-name", "sh"),
        ("-fmodules",),
        ("-fmodule-map-file=x",),
        ("-fmodule-file=x.pcm",),
        ("-fprebuilt-module-path=x",),
        ("-ivfsoverlay", "x.yaml"),
        ("-include-pch", "x.pch"),
        ("-fuse-ld=/tmp/ld",),
        ("-specs=x",),
        ("--gcc-toolchain=/tmp",),
        ("-resource-dir", "x"),
        ("-Wl,-plugin,x",),
        ("-Wa,@x",),
        ("-Wp,@x",),
        ("-Xpreprocessor", "x"),
        ("-mlink-builtin-bitcode", "x"),
        ("-x", "ir"),
        ("-working-directory=/",),
        ("-fsanitize-ignorelist=/etc/passwd",),
        ("-fprofile-use=x",),
        ("other.c",),
        ("-D",),
        ("-std", "-MD"),
        ("--std", "c11"),
        ("-std=-MD",),
        ("--target", "bpf"),
        ("-target", "amdgcn-amd-amdhsa"),
        ("-target", "-MJout"),
        ("--target=nvptx64-nvidia-cuda",),
        ("-target=bpf",),
        ("-mthread-model", "posix"),
        ("-module-dependency-dir", "x"),
        ("-DX\n#include </etc/passwd>\n=1",),
        ("-D", "#"),
        ("-isystem-after", "x"),
        ("-I-",),
        ("-I", "a\0b"),
        ("-Xclang", "-plugin"),
        ("-xobjective-c",),
    ],
)
def test_what_could_load_or_run_is_refused(tmp_path: Path, flags: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match=r"refused|lacks its value"):
        kept(tmp_path, *flags)


def test_flags_about_reading_c_are_kept_with_paths_from_the_root(tmp_path: Path) -> None:
    flags = ("-Iinclude", "-I", "../lib", "-isystem", "sys", "-DA=1", "-D", "B", "-UC")
    assert kept(tmp_path, *flags) == (
        *("-I", "bpf/include", "-I", "lib", "-isystem", "bpf/sys", "-DA=1", "-DB", "-UC"),
    )
    same = ("-std=gnu89", "-target", "bpf", "-nostdinc", "-O2", "--std=c2x", "-m64")
    assert kept(tmp_path, *same) == same
    assert kept(tmp_path, "-I", "../-MF") == ("-I", "./-MF")
    machine = ("-mcpu=v3", "-mlittle-endian", "-fno-stack-protector", "-x", "c", "--target=bpf")
    assert kept(tmp_path, *machine) == machine


def test_flags_about_output_are_dropped(tmp_path: Path) -> None:
    flags = ("-c", "-o", "x.o", "-MD", "-MF", "x.d", "-emit-llvm", "-Wp,-MMD,x.d", "-pipe")
    assert kept(tmp_path, *flags, "-Xclang", "-disable-llvm-passes") == ()
    carried = ("-mllvm", "-bpf-stack-size=1024", "-Xclang", "-target-feature", "-Xclang", "+alu32")
    assert kept(tmp_path, "-g", "-gdwarf-4", "-L/x", "-lbpf", *carried) == ()


def test_unknown_flags_about_code_are_left_out_and_named(tmp_path: Path) -> None:
    flags = ["-fsome-new-thing", "-O2", "-Wall", "-mcpu=native", "-fbracket-depth=99999"]
    found = vet(flags, tmp_path, tmp_path, Reach(str(tmp_path)), Trust.TREE)
    assert found.flags == ("-O2",)
    assert found.ignored == (flags[0], *flags[3:])


def test_include_folders_outside_of_the_root_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is outside of"):
        kept(tmp_path, "-I../../elsewhere")
    with pytest.raises(ConfigError, match="is outside of"):
        kept(tmp_path, "-include", "/etc/passwd")
    (tmp_path / "link").symlink_to("/etc")
    with pytest.raises(ConfigError, match="is outside of"):
        kept(tmp_path, "-I", "../link")
    assert kept(tmp_path, "-I/usr/include") == ("-I", "/usr/include")


def test_who_may_name_include_folders_outside(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "named").mkdir()
    tree, named = tmp_path / "tree", str(tmp_path / "named")
    reach = Reach(str(tree))
    for trust in (Trust.USER, Trust.FOLDER):
        found = vet(["-I../named"], tree, tree, reach, trust)
        assert (found.flags, found.outside) == (("-I", named), (named,))
    with pytest.raises(ConfigError, match=f"allow it with --headers {named}"):
        vet(["-I../named"], tree, tree, reach, Trust.TREE)
    shipped = vet(["-I../named", "-O2"], tree, tree, reach, Trust.SHIPPED)
    assert (shipped.flags, shipped.outside) == (("-O2",), ())
    allowed = vet(["-I../named"], tree, tree, reach.with_named(named), Trust.TREE)
    assert (allowed.flags, allowed.outside) == (("-I", named), ())


def database(root: Path, *entries: dict[str, object]) -> Path:
    path = root / "compile_commands.json"
    path.write_text(json.dumps(list(entries), indent=1))
    return path


def test_a_database_gives_flags_by_source(tmp_path: Path) -> None:
    (tmp_path / "bpf").mkdir()
    (tmp_path / "bpf" / "a.c").write_text("")
    database(
        tmp_path,
        {
            "directory": str(tmp_path / "bpf"),
            "file": "a.c",
            "command": 'ccache clang -O2 -Iinclude "-DX=1 2" -c a.c -o a.o',
        },
        {"directory": str(tmp_path), "file": "b.cc", "arguments": ["g++", "-fplugin=x", "b.cc"]},
    )
    found = load(str(tmp_path), tmp_path, Reach(str(tmp_path)))
    assert {path: one.flags for path, one in found.flags.items()} == {
        str(tmp_path / "bpf" / "a.c"): ("-O2", "-I", "bpf/include", "-DX=1 2")
    }


def test_a_refused_flag_names_file_and_line(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        {"directory": str(tmp_path), "file": "a.c", "arguments": ["cc", "-O2", "a.c"]},
        {"directory": str(tmp_path), "file": "b.c", "arguments": ["cc", "-fplugin=x", "b.c"]},
    )
    with pytest.raises(ConfigError) as caught:
        load(str(tmp_path), tmp_path, Reach(str(tmp_path)))
    line = next(n for n, t in enumerate(path.read_text().splitlines(), 1) if '"b.c",' in t)
    assert str(caught.value).startswith(f'{path}:{line}: b.c: flag "-fplugin=x" is refused')


@pytest.mark.parametrize("text", ["{}", "[1]", "not json", '[{"file": "a.c"}]'])
def test_a_broken_database_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "compile_commands.json").write_text(text)
    with pytest.raises(ConfigError, match="is not a compilation database"):
        load(str(tmp_path), tmp_path, Reach(str(tmp_path)))


def test_a_missing_database_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(str(tmp_path), tmp_path, Reach(str(tmp_path)))
