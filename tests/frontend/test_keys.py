"""Functions are lowered once per content: what changes a key, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.msgpack import encode

from bpf_lint.cache.linetable import moves, table
from bpf_lint.frontend import FrontEnd, macros
from bpf_lint.ir.nodes import Unit
from bpf_lint.ir.text import format_function

HEADER = """
struct state { int a; int dev; };
enum code { OK, BAD };
static long (*redirect)(int, int) = (void *)23;
int helper(int);
volatile const int config;
#define DEV 4
#define OTHER 4
#define SEND(x) redirect(x, OK)
"""
SOURCE = """
#include "lib.h"
int g(struct state *s) { return s->dev + config; }
int f(struct state *s) { return SEND(DEV) + helper(g(s)); }
"""


def parse(front_end: FrontEnd, folder: Path, *flags: str) -> Unit:
    path = folder / "prog.c"
    given = ("-target", "bpf", *flags)
    unit = front_end.parse(str(path), given, str(folder), (), ("f",))
    assert unit.errors == ()
    return unit


def write(folder: Path, header: str = HEADER, source: str = SOURCE) -> None:
    (folder / "lib.h").write_text(header)
    (folder / "prog.c").write_text(source)


def test_definitions_of_a_macro_are_compared_while_they_are_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[object] = []

    def alike(first: object, second: object) -> bool:
        compared.append((first, second))
        return False

    monkeypatch.setattr(macros, "_alike", alike)
    again = "".join(f"#undef MANY\n#define MANY (DEV + {n})\n" for n in range(2000))
    write(tmp_path, HEADER + again, SOURCE.replace("SEND(DEV)", "SEND(MANY)"))
    parse(FrontEnd(), tmp_path)
    assert len(compared) < 1000


def test_a_second_configuration_lowers_nothing_again(tmp_path: Path) -> None:
    write(tmp_path)
    front_end = FrontEnd()
    first = parse(front_end, tmp_path)
    assert front_end.lowered == 2
    second = parse(front_end, tmp_path, "-DUNRELATED=1")
    assert front_end.lowered == 2
    assert second.functions["f"] is first.functions["f"]


def test_another_object_shares_functions_of_a_header(tmp_path: Path) -> None:
    write(tmp_path, HEADER + "static int shared(int a) { return a + DEV; }\n")
    front_end = FrontEnd()
    for name in ("one.c", "two.c"):
        (tmp_path / name).write_text('#include "lib.h"\nint f(void) { return shared(1); }')
        front_end.parse(str(tmp_path / name), ("-target", "bpf"), str(tmp_path), (), ("f",))
    assert front_end.lowered == 3


@pytest.mark.parametrize(
    ("old", "new", "lowered"),
    [
        ("int a; int dev;", "int dev; int a;", 2),
        ("OK, BAD", "BAD, OK", 1),
        ("(void *)23", "(void *)24", 1),
        ("int helper(int)", "long helper(int)", 1),
        ("#define DEV 4", "#define DEV 5", 1),
        ("#define DEV 4", "#define DEV OTHER", 1),
        ("const int config;", "const int config = 5;", 0),
        ("const int config;", "const long config;", 1),
        ("#define SEND(x) redirect(x, OK)", "#define SEND(x) redirect(x, BAD)", 1),
        ("int helper(int);", 'int helper(int) __attribute__((error("no")));', 1),
        ("int a; int dev; };", "int a; int dev; } __attribute__((aligned(64)));", 2),
    ],
)
def test_what_a_function_depends_on_is_in_its_key(
    tmp_path: Path, old: str, new: str, lowered: int
) -> None:
    write(tmp_path)
    front_end = FrontEnd()
    parse(front_end, tmp_path)
    before = front_end.lowered
    assert old in HEADER
    write(tmp_path, HEADER.replace(old, new))
    again = parse(front_end, tmp_path)
    assert front_end.lowered - before == lowered
    fresh = parse(FrontEnd(), tmp_path)
    assert [format_function(f) for f in again.functions.values()] == [
        format_function(f) for f in fresh.functions.values()
    ]


def test_a_macro_renamed_in_place_is_noticed(tmp_path: Path) -> None:
    write(tmp_path)
    front_end = FrontEnd()
    assert "DEV(4)" in format_function(parse(front_end, tmp_path).functions["f"])
    write(tmp_path, source=SOURCE.replace("SEND(DEV)", "SEND(OTHER)"))
    assert "OTHER(4)" in format_function(parse(front_end, tmp_path).functions["f"])


def test_an_alias_chosen_by_configuration_is_noticed(tmp_path: Path) -> None:
    aliases = "#ifdef SWAP\n#define TARGET OTHER\n#else\n#define TARGET DEV\n#endif\n"
    write(tmp_path, HEADER + aliases, SOURCE.replace("SEND(DEV)", "SEND(TARGET)"))
    front_end = FrontEnd()
    assert "DEV(4)" in format_function(parse(front_end, tmp_path).functions["f"])
    swapped = parse(front_end, tmp_path, "-DSWAP")
    assert "OTHER(4)" in format_function(swapped.functions["f"])


def test_a_macro_that_has_moved_is_noticed(tmp_path: Path) -> None:
    source = SOURCE.replace("SEND(DEV)", "THROUGH(s->a)")
    send = "#define SEND(x) redirect(x, OK)\n#define THROUGH(x) SEND(x)\n"
    write(tmp_path, HEADER.replace("#define SEND(x) redirect(x, OK)\n", send), source)
    front_end = FrontEnd()
    before = encode(parse(front_end, tmp_path).functions["f"])
    write(tmp_path, HEADER.replace("#define SEND(x) redirect(x, OK)\n", f"\n{send}"), source)
    again = encode(parse(front_end, tmp_path).functions["f"])
    assert again == encode(parse(FrontEnd(), tmp_path).functions["f"]) != before


@pytest.mark.parametrize(
    ("old", "new", "lowered"),
    [
        ("#define DEV", "\n#define DEV", 0),
        ("int g(", "\n\nint g(", 0),
        ("int f(", "int new;\nint f(", 0),
        ("s->dev", "s->\ndev", 1),
        ("s->dev + config", "s->dev - config", 1),
        ("#define DEV 4", "\n#define DEV 5", 1),
        ("#define DEV 4\n#define OTHER 4\n", "#define OTHER 4\n#define DEV 4\n", 0),
        ("struct state { int a;", "struct state { int b; int a;", 2),
    ],
)
def test_functions_that_have_moved_are_not_lowered(
    tmp_path: Path, old: str, new: str, lowered: int
) -> None:
    write(tmp_path)
    front_end = FrontEnd()
    parse(front_end, tmp_path)
    before = front_end.lowered
    changed = [text.replace(old, new, 1) for text in (HEADER, SOURCE)]
    tables = zip((HEADER, SOURCE), changed, ("lib.h", "prog.c"), strict=True)
    lines = {name: moves(table(a.encode()), table(b.encode())) for a, b, name in tables if a != b}
    write(tmp_path, *changed)
    front_end.kept.lines_moved(lines)
    again = parse(front_end, tmp_path)
    assert front_end.lowered - before == lowered
    fresh = parse(FrontEnd(), tmp_path)
    assert [encode(f) for f in again.functions.values()] == [
        encode(f) for f in fresh.functions.values()
    ]


def test_moved_functions_get_new_places(tmp_path: Path) -> None:
    write(tmp_path)
    front_end = FrontEnd()
    first = parse(front_end, tmp_path).functions["f"].place.line
    write(tmp_path, source="\n\n" + SOURCE)
    assert parse(front_end, tmp_path).functions["f"].place.line == first + 2
