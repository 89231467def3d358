"""What is left of a program with errors: whole functions, and nothing that rests on a guess."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bpf_lint.frontend import FrontEnd
from bpf_lint.ir.nodes import Unit

Read = Callable[[str], Unit]

HEAD = "#define SEC(n) __attribute__((section(n), used))\nstruct ctx { int n; };\n"
WHOLE = 'SEC("tc") int whole(struct ctx *c) { return c->n; }\n'


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def run(text: str) -> Unit:
        (tmp_path / "p.c").write_text(HEAD + text)
        return FrontEnd().parse(str(tmp_path / "p.c"), ["-target", "bpf"], str(tmp_path))

    return run


def test_a_missing_header_leaves_what_does_not_need_it(read: Read) -> None:
    unit = read('#include "nowhere.h"\n#include <sys/nowhere.h>\n' + WHOLE)
    assert unit.entries == ("whole",)
    assert unit.missing == ("nowhere.h", "sys/nowhere.h")
    assert not unit.whole


def test_a_function_with_an_error_is_left_out_and_named(read: Read) -> None:
    unit = read(WHOLE + 'SEC("tc") int torn(struct ctx *c) { return unknown_name; }\n')
    assert unit.entries == ("whole",)
    assert [name for name, _ in unit.opaque] == ["torn"]
    assert "p.c:4" in unit.opaque[0][1]


def test_an_error_in_a_function_that_nothing_reaches_does_not_count(read: Read) -> None:
    unit = read(WHOLE + "static int unused(void) { return unknown_name; }\n")
    assert unit.whole and unit.entries == ("whole",)


@pytest.mark.parametrize(
    "declared",
    [
        "struct value { nobody_t first; int second; };\n",
        "struct inner { nobody_t first; };\nstruct value { struct inner i; int second; };\n",
        "typedef struct { nobody_t first; int second; } hidden;\n"
        "struct value { hidden h; int second; };\n",
    ],
)
def test_what_uses_a_type_that_is_not_known_is_left_out(read: Read, declared: str) -> None:
    torn = 'SEC("tc") int torn(struct ctx *c) { struct value v = {}; return v.second; }\n'
    unit = read(declared + torn + WHOLE)
    assert unit.entries == ("whole",)
    assert [name for name, _ in unit.opaque] == ["torn"]


def test_a_call_of_what_nothing_declares_may_be_a_macro_of_a_missing_header(read: Read) -> None:
    torn = 'SEC("tc") int torn(struct ctx *c) { CHANGE(c); return 0; }\n'
    unit = read('#include "nowhere.h"\n' + torn + WHOLE)
    assert unit.entries == ("whole",)
    assert unit.opaque[0][1].endswith("nothing declares CHANGE")


def test_callees_are_left_out_without_their_callers(read: Read) -> None:
    unit = read(
        "static int torn(void) { return unknown_name; }\n"
        'SEC("tc") int caller(struct ctx *c) { return torn(); }\n'
    )
    assert unit.entries == ("caller",)
    assert [name for name, _ in unit.opaque] == ["torn"]


def test_a_type_that_is_defined_again_keeps_its_first_definition(read: Read) -> None:
    unit = read("struct ctx { int n; };\nenum { ONE = 1 };\nenum { ONE = 1 };\n" + WHOLE)
    assert unit.errors and unit.whole
    assert unit.entries == ("whole",)


def test_prog_arrays_forget_functions_that_are_left_out(read: Read) -> None:
    unit = read(
        "int torn(struct ctx *c);\nint kept(struct ctx *c);\n"
        "struct { int (*type)[3]; int (*max_entries)[2]; int *key; int (*values[])(struct ctx *); }"
        ' calls __attribute__((section(".maps"))) = { .values = { [0] = kept, [1] = torn } };\n'
        'SEC("tc") int kept(struct ctx *c) { return 0; }\n'
        'SEC("tc") int torn(struct ctx *c) { return unknown_name; }\n'
    )
    assert unit.entries == ("kept",)
    assert [function for _, function in unit.maps["calls"].slots] == ["kept"]


def test_hundreds_of_errors_hide_nothing(read: Read) -> None:
    torn = "".join(f"static int torn{n}(void) {{ return unknown{n}; }}\n" for n in range(300))
    unit = read(torn + 'SEC("tc") int last(struct ctx *c) { return torn299(); }\n')
    assert unit.entries == ("last",)
    assert [name for name, _ in unit.opaque] == ["torn299"]
