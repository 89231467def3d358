"""Random C programs that end, and read nothing that they have not written."""

from __future__ import annotations

import random

VARIABLES = ("a", "b", "x", "y", "z", "w", "st.p", "st.q", "st.r", "arr[0]", "arr[3]", "out[1]")
CASTS = ("u8", "s8", "u16", "s16", "u32", "s32", "s64", "u64", "bool")
CONSTANTS = (0, 1, 2, 3, 5, 7, 16, 31, 255, 256, 65535, 65536, -1, -2, -5, -128, 2147483647)

TEMPLATE = """\
struct s {{ u16 p; s16 q; u32 r; }};
static __attribute__((noinline)) int g(int v, u32 *p) {{
    u8 z = v; s64 w = *p; int a = v, b = 1, x = 2;
    u32 y = *p, arr[4] = {{0}}, out[4] = {{3}}, *at = p;
    struct s st = {{ 1, -1, v }}, other = st; int turn;
{helper}
    return x; }}
int f(int a, u32 b, u32 *out) {{
    int x = a, turn; u32 y = b, arr[4] = {{ 1, a }}, *at = &y; u8 z = b; s64 w = a;
    struct s st = {{ a, b, 9 }}, other = {{ 0 }};
{body}
    return x; }}
"""


class Writer:
    """Writes one program."""

    def __init__(self, seed: int, redirects: bool = False) -> None:
        self.random = random.Random(seed)
        self.redirects = redirects
        self.labels = 0
        self.calls = False

    def program(self) -> str:
        """A program with `int f(int a, u32 b, u32 *out)`; `out` is an array of four."""
        helper = self.block(2)
        self.calls = True
        return TEMPLATE.format(helper=helper, body=self.block(3))

    def block(self, depth: int) -> str:
        return "\n".join(self.statement(depth) for _ in range(self.random.randint(2, 4)))

    def statement(self, depth: int) -> str:
        kinds = [self.assign, self.assign, self.assign, self.element, self.through, self.record]
        if self.calls:
            kinds.append(self.call)
        if self.redirects:
            kinds += [self.redirect, self.redirect]
        if depth:
            nested = (self.branch, self.branch, self.loop, self.choice, self.jump)
            return self.random.choice([*kinds, *(lambda n=n: n(depth - 1) for n in nested)])()
        return self.random.choice(kinds)()

    def assign(self) -> str:
        op = self.random.choice(("=", "=", "+=", "-=", "^=", "|=", "&="))
        return f"{self.random.choice(VARIABLES)} {op} {self.value(2)};"

    def element(self) -> str:
        array = self.random.choice(("arr", "out"))
        return f"{array}[({self.value(1)}) & 3] = {self.value(1)};"

    def through(self) -> str:
        return self.random.choice(
            (
                f"at = ({self.value(1)}) ? &y : &arr[1];",
                f"*at = {self.value(1)};",
                "x += *at;",
                f"at = &out[({self.value(1)}) & 3];",
            )
        )

    def record(self) -> str:
        return self.random.choice(
            (
                "other = st;",
                "st = other;",
                f"*(({self.value(1)}) ? &st : &other) = st;",
                "__builtin_memset(&st, 0, sizeof(st));",
                f"st.q = {self.value(1)};",
                f"((struct s *)({self.value(1)} ? &st : &other))->r = {self.value(1)};",
            )
        )

    def call(self) -> str:
        pointer = self.random.choice(("&y", "at", "out", "&st.r"))
        target = self.random.choice(("x", "y", "w"))
        return f"{target} = g({self.value(1)}, {pointer});"

    def redirect(self) -> str:
        return f"x = bpf_redirect({self.value(1)}, {self.random.choice((0, 1, 2))});"

    def branch(self, depth: int) -> str:
        text = f"if ({self.value(2)}) {{ {self.block(depth)} }}"
        return text + (f" else {{ {self.block(depth)} }}" if self.random.random() < 0.5 else "")

    def loop(self, depth: int) -> str:
        self.labels += 1
        turn = f"turn{self.labels}"
        leave = self.random.choice(
            ("", f"if ({self.value(1)}) break;", f"if ({self.value(1)}) continue;")
        )
        end = self.random.choice((1, 3, 9))
        inner = f"{leave} {self.block(depth)}"
        return f"{{ int {turn}; for ({turn} = 0; {turn} < {end}; {turn}++) {{ {inner} }} }}"

    def choice(self, depth: int) -> str:
        labels = self.random.sample((-5, -1, 0, 1, 2, 7, 255), 3)
        parts = "".join(
            f"case {n}: {self.block(depth)} {self.random.choice(('break;', ''))}\n" for n in labels
        )
        return f"switch ((int)({self.value(1)})) {{ {parts} default: {self.assign()} }}"

    def jump(self, depth: int) -> str:
        self.labels += 1
        out = f"out{self.labels}"
        return f"if ({self.value(1)}) goto {out}; {self.block(depth)} {out}: ;"

    def value(self, depth: int) -> str:
        draw = self.random.random()
        if not depth or draw < 0.25:
            return self.leaf()
        if draw < 0.55:
            op = self.random.choice(("+", "-", "*", "&", "|", "^"))
            return f"({self.value(depth - 1)} {op} {self.value(depth - 1)})"
        if draw < 0.8:
            op = self.random.choice(("<", "<=", ">", ">=", "==", "!=", "&&", "||"))
            return f"({self.value(depth - 1)} {op} {self.value(depth - 1)})"
        if draw < 0.9:
            return f"(({self.random.choice(CASTS)}){self.value(depth - 1)})"
        op = self.random.choice((">> 3", "<< 2", "/ 3", "% 5", "? 4 : 6"))
        return f"(({self.random.choice(CASTS)}){self.value(depth - 1)} {op})"

    def leaf(self) -> str:
        if self.random.random() < 0.4:
            return f"({self.random.choice(CONSTANTS)})"
        sign = self.random.choice(("", "", "", "-", "~", "!"))
        return f"({sign}{self.random.choice(VARIABLES)})"
