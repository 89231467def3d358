"""What a unit holds besides function bodies: entries, maps, variables, layouts, errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from bpf_lint.files.reach import Reach
from bpf_lint.frontend import FrontEnd, version
from bpf_lint.ir import nodes as ir
from bpf_lint.model.place import Place

FLAGS = ("-target", "bpf", "-O2")


def parse(
    folder: Path,
    source: str,
    *flags: str,
    reach: Reach | None = None,
    **more: tuple[str, ...],
) -> ir.Unit:
    path = folder / "prog.c"
    path.write_text(source)
    layouts, roots = more.get("layouts", ()), more.get("roots", ())
    return FrontEnd().parse(str(path), (*FLAGS, *flags), str(folder), layouts, roots, reach)


def initial(unit: ir.Unit, name: str) -> list[tuple[int, int, int, str]]:
    return [(i.offset, i.bits, i.value, i.address) for i in unit.variables[name].initial]


def calls(function: ir.Function) -> list[ir.Call]:
    return [i for b in function.blocks for i in b.instructions if isinstance(i, ir.Call)]


def test_entries_are_functions_with_a_section(tmp_path: Path) -> None:
    unit = parse(
        tmp_path,
        """
        #define SEC(name) __attribute__((section(name), used))
        static int reached(void) { return 1; }
        int unreached(void) { return 2; }
        int wanted(void) { return unreached(); }
        int declared(void *ctx) SEC("tc/late");
        int declared(void *ctx) { return reached(); }
        SEC("xdp") __attribute__((btf_decl_tag("tail:calls/3"))) int tail(void *ctx) { return 0; }
        char license[] SEC("license") = "GPL";
        """,
    )
    assert unit.entries == ("declared", "tail")
    assert list(unit.functions) == ["reached", "declared", "tail"]
    assert unit.defined == 5
    assert unit.functions["declared"].section == "tc/late"
    assert unit.functions["tail"].tags == ("tail:calls/3",)
    assert unit.functions["declared"].calls == ("reached",)
    assert unit.variables["license"].section == "license"


def test_roots_and_addresses_are_followed(tmp_path: Path) -> None:
    unit = parse(
        tmp_path,
        """
        static int by_table(int a) { return a; }
        static int by_address(int a) { return a; }
        static int (*const table[2])(int) = { [1] = by_table };
        void for_each(int (*callback)(int));
        int root(int i) { for_each(by_address); return table[i](1); }
        """,
        roots=("root", "no_such_function"),
    )
    assert unit.entries == ()
    assert list(unit.functions) == ["by_table", "by_address", "root"]
    assert initial(unit, "table") == [(64, 64, 0, "by_table")]


def test_btf_maps(tmp_path: Path) -> None:
    unit = parse(
        tmp_path,
        """
        #define SEC(name) __attribute__((section(name), used))
        #define __uint(name, value) int (*name)[value]
        #define __type(name, value) __typeof__(value) *name
        #define __array(name, value) __typeof__(value) *name[]
        enum { LIBBPF_PIN_BY_NAME = 1 };
        struct value { long a; int b; };
        struct {
            __uint(type, 9);
            __type(key, unsigned short);
            __type(value, struct value);
            __uint(max_entries, 256);
            __uint(pinning, LIBBPF_PIN_BY_NAME);
        } cache SEC(".maps");
        SEC("tc") int prog(void *ctx) { return 0; }
        struct {
            __uint(type, 3);
            __uint(key_size, sizeof(int));
            __uint(max_entries, 8);
            __uint(pinning, 1 << 4);
            __array(values, int(void *));
        } jumps SEC(".maps") = { .values = { [3] = prog, [5] = &prog } };
        struct inner { __uint(type, 2); __type(key, int); __type(value, int); };
        struct inner first SEC(".maps");
        struct {
            __uint(type, 13);
            __type(key, int);
            __array(values, struct inner);
        } outer SEC(".maps") = { .values = { [0] = &first } };
        """,
    )
    cache, jumps, outer = (unit.maps[n] for n in ("cache", "jumps", "outer"))
    assert (cache.kind, cache.key_bits, cache.value_bits) == ("lru_hash", 16, 128)
    assert (cache.max_entries, cache.pinned, cache.loader_id) == (256, True, -1)
    assert (jumps.kind, jumps.key_bits, jumps.pinned) == ("prog_array", 32, False)
    assert jumps.slots == ((3, "prog"), (5, "prog"))
    assert (outer.kind, outer.inner, outer.slots) == ("hash_of_maps", "inner", ((0, "first"),))
    assert not {"cache", "jumps", "outer"} & set(unit.variables)


def test_maps_of_record_style(tmp_path: Path) -> None:
    unit = parse(
        tmp_path,
        """
        struct bpf_elf_map {
            unsigned type, size_key, size_value, max_elem, flags, id, pinning;
        };
        struct bpf_map_def { unsigned type, key_size, value_size, max_entries, map_flags; };
        enum { BPF_MAP_TYPE_HASH = 1, BPF_MAP_TYPE_PROG_ARRAY = 3 };
        struct bpf_elf_map __attribute__((section("maps"), used)) POLICY = {
            .type = BPF_MAP_TYPE_PROG_ARRAY, .id = 1, .size_key = 4, .size_value = 4,
            .pinning = 2, .max_elem = 65536,
        };
        struct own_names { unsigned type, key_size, value_size, max_entries, map_flags, map_id; };
        struct own_names __attribute__((section("maps"))) own = { .type = 3, .map_id = 7 };
        struct bpf_map_def __attribute__((section("maps"))) plain[1] = {
            { BPF_MAP_TYPE_HASH, sizeof(long), 12, 9 },
        };
        """,
    )
    policy, plain = unit.maps["POLICY"], unit.maps["plain"]
    assert (policy.kind, policy.loader_id, policy.pinned) == ("prog_array", 1, True)
    assert (policy.key_bits, policy.value_bits, policy.max_entries) == (32, 32, 65536)
    assert (plain.kind, plain.loader_id, plain.pinned) == ("hash", -1, False)
    assert (unit.maps["own"].kind, unit.maps["own"].loader_id) == ("prog_array", 7)
    assert (plain.key_bits, plain.value_bits, plain.max_entries) == (64, 96, 9)


def test_variables(tmp_path: Path) -> None:
    unit = parse(
        tmp_path,
        """
        struct pair { short a; int b; };
        __attribute__((section(".rodata.config"))) volatile const unsigned config = 7;
        struct pair both[2] = { { .b = -1 }, { 3 } };
        extern int elsewhere;
        static void *helper_like = (void *)12;
        static int (*redirect)(int, int) = (void *)23;
        char text[4] = "ab";
        int *pointer = &both[1].b;
        int f(int a) { static int calls = 5; return calls += a; }
        """,
        roots=("f",),
    )
    config = unit.variables["config"]
    assert (config.section, config.constant, config.bits) == (".rodata.config", True, 32)
    assert initial(unit, "config") == [(0, 32, 7, "")]
    assert initial(unit, "both") == [(32, 32, -1, ""), (64, 16, 3, "")]
    assert not unit.variables["elsewhere"].defined
    assert "redirect" not in unit.variables
    assert [i.value for i in unit.variables["text"].initial] == [97, 98]
    assert unit.variables["pointer"].initial[0].address == "both"
    assert initial(unit, "f.calls") == [(0, 32, 5, "")]
    assert unit.functions["f"].globals == ("f.calls",)


def test_layouts_see_through_anonymous_members(tmp_path: Path) -> None:
    unit = parse(
        tmp_path,
        """
        struct lookup { int a; union { int b; struct { short c, d; }; }; unsigned e[5]; };
        struct other { struct lookup inner; };
        """,
        layouts=("lookup.a", "lookup.d", "lookup.e", "other.inner.e", "lookup.none", "no.x"),
    )
    assert unit.layouts == {
        "lookup.a": (0, 32),
        "lookup.d": (48, 16),
        "lookup.e": (64, 160),
        "other.inner.e": (64, 160),
    }


def test_places_are_expansions_and_keep_the_spelling(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "macros.h").write_text("#define DEV 5\n#define go(x) send(x, DEV)\n")
    unit = parse(
        tmp_path,
        '#include "macros.h"\nint send(int a, int b);\nint f(int a)\n{\n\treturn go(a);\n}\n',
        "-Ilib",
        roots=("f",),
    )
    (call,) = calls(unit.functions["f"])
    assert call.place == Place("prog.c", 5, 9, "lib/macros.h:2:15")
    assert call.arguments[1] is not None
    symbol = call.arguments[1]
    assert isinstance(symbol, ir.Symbol)
    assert (symbol.name, symbol.value) == ("DEV", 5)
    assert symbol.place.spelling == "lib/macros.h:1:13"
    assert [Path(f).name for f in unit.files] == ["prog.c", "macros.h"]


def test_places_outside_the_root_are_absolute(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "outer.h").write_text("static inline int g(void) { return 1; }\n")
    source = '#include "../outer.h"\nint f(void) { return g(); }\n'
    refused = parse(inner, source, roots=("f",))
    assert "lies outside of the tree" in refused.errors[0].text
    assert refused.errors[0].place == Place("prog.c", 1, 10)
    reach = Reach(str(inner)).with_named(str(tmp_path / "outer.h"))
    unit = parse(inner, source, roots=("f",), reach=reach)
    assert unit.functions["g"].place.path == str(tmp_path / "outer.h")


def test_defines_on_the_command_line_are_symbols(tmp_path: Path) -> None:
    source = "#ifdef OFF\n#error off\n#endif\nint f(int a) { return a == DEV ? ONE : PAIR(2, 3); }"
    flags = ("-DDEV=17", "-D", "ONE", "-DPAIR(a,b)=(a*b)", "-DOFF", "-UOFF")
    unit = parse(tmp_path, source, *flags, roots=("f",))
    assert unit.errors == ()
    branch = unit.functions["f"].blocks[0].end
    assert isinstance(branch, ir.Branch)
    assert isinstance(branch.condition, ir.Binary)
    assert isinstance(branch.condition.right, ir.Symbol)
    assert branch.condition.right.name == "DEV"
    assert branch.condition.right.place.spelling == "<command line>:1:13"


def test_freestanding_headers_are_there(tmp_path: Path) -> None:
    names = ("stddef", "stdint", "stdbool", "stdarg", "limits", "stdio", "string", "endian")
    source = "".join(f"#include <{name}.h>\n" for name in names)
    source += "uint64_t f(bool b) { return b ? UINT16_MAX : sizeof(size_t) + CHAR_BIT; }"
    assert parse(tmp_path, source, "-nostdinc", roots=("f",)).errors == ()
    assert parse(tmp_path, "#include <stddef.h>\nvoid *p = NULL;").errors == ()


@pytest.mark.parametrize(
    ("source", "text", "line"),
    [
        ("int f(void) {\n return x; }", "undeclared identifier 'x'", 2),
        ("#include <missing.h>\n", "'missing.h' file not found", 1),
        ("int f(void) {", "expected '}'", 1),
        ("\x00\xff\xfe garbage", "", 1),
    ],
)
def test_errors_are_diagnostics(tmp_path: Path, source: str, text: str, line: int) -> None:
    unit = parse(tmp_path, source, roots=("f",))
    assert unit.functions == {}
    assert any(text in e.text and e.place.line == line for e in unit.errors)
    assert {e.place.path for e in unit.errors} == {"prog.c"}


def test_a_missing_file_is_a_diagnostic(tmp_path: Path) -> None:
    unit = FrontEnd().parse(str(tmp_path / "no.c"), FLAGS, str(tmp_path), ())
    assert [(e.severity, e.text, e.place.path) for e in unit.errors] == [
        ("fatal", "no such file", "no.c")
    ]


@pytest.mark.parametrize(
    "body",
    [
        f"return a{'+a' * 5000};",
        f"switch (a) {{ {''.join(f'case {n}: ' for n in range(3000))} return 1; }} return 2;",
        f"{'else '.join(f'if (a == {n}) return {n}; ' for n in range(3000))} return -1;",
        f"return {'(' * 200}a{')' * 200};",
    ],
)
def test_deep_nesting_is_lowered(tmp_path: Path, body: str) -> None:
    unit = parse(tmp_path, f"int f(int a) {{ {body} }}", roots=("f",))
    assert unit.errors == ()
    assert list(unit.functions) == ["f"]


def test_nesting_without_end_is_a_diagnostic(tmp_path: Path) -> None:
    unit = parse(tmp_path, f"int f(int a) {{ return a{'+a' * 50000}; }}", roots=("f",))
    assert [e.severity for e in unit.errors] == ["fatal"]
    assert unit.functions == {}


def test_version_names_libclang() -> None:
    assert "clang version" in version()
