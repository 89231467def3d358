"""Edits that leave a file's code as it is, and edits that only look so."""

from __future__ import annotations

import pytest

from bpf_lint.cache.outline import moves, outline

CODE = (
    b'#define A "/*" // one\n\nint a; /* two\n three */\n\tint b = \'"\';\n#define B a \\\n + b\n'
)


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (b"a;\nb;\n", b"a;\n\n\nb; // c\n", {1: 1, 2: 4}),
        (b"a;\nb;\n", b"// it's\n/* x\n y */\na;\nb;", {1: 4, 2: 5}),
        (b"a; /* x */\nb;\n", b"a; // y\n// z\nb;", {1: 1, 2: 3}),
        (b"a; // x \\\n y\nb;\n", b"a; /* z\n*/\nb;", {1: 1, 3: 3}),
        (b'a("//");\n', b'\na("//"); //', {1: 2}),
        (b"// iproute2's\na;\n", b"a;\n", {2: 1}),
        (b"a;\r\nb;\r\n", b"a;\r\n\r\nb;\r\n", {1: 1, 2: 3}),
    ],
)
def test_comments_and_blank_lines_move_lines(old: bytes, new: bytes, lines: dict[int, int]) -> None:
    before, after = outline(old), outline(new)
    assert before.digest == after.digest != b""
    assert moves(before, after) == lines


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"a; b;\n", b"a;  b;\n"),  # another column
        (b"a; b;\n", b"a;\nb;\n"),
        (b"#define A a \\\n\nb\n", b"#define A a \\\nb\n"),  # the blank line ends the macro
        (b"#define A a /*\n*/ b\n", b"#define A a\n   b\n"),  # the comment goes on with it
        (b'a("/* x */");\n', b'a("/* y */");\n'),
        (b"#error it's /* x\n*/ a;\n", b"#error it's /* x\n*/ b;\n"),
        (b'"\\" // "; a;\n', b'"\\" // "; b;\n'),
    ],
)
def test_what_means_something_else_is_told_apart(old: bytes, new: bytes) -> None:
    assert outline(old).digest != outline(new).digest


@pytest.mark.parametrize(
    "text",
    [
        b"#include <a//b.h>\n",
        b"/\\\n/ a comment\n",
        b"#if __has_include(<a/*b>)\n",
        b"// a ??/\nb;\n",
        b'R"(/*)"; a;\n',
        b"1'000; /*'\n",
        b"// a\rb;\n",
    ],
)
def test_comments_that_compilers_may_see_elsewhere_are_code(text: bytes) -> None:
    assert outline(text).digest == b""


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        (CODE, False),
        (b"int a = __LINE__;\n", False),  # the front end knows more of it
        (b"int a = __builtin_LINE();\n", True),
        (b"#define A(x) x ## NE__\n", True),
        (b"#define A(x) x ## ONE\n", False),
    ],
)
def test_code_that_asks_for_its_line_without_saying_so(text: bytes, counts: bool) -> None:
    assert outline(text).counts is counts
