"""Random datapaths: programs that move numbers of devices about, and redirect to some of them."""

from __future__ import annotations

import random

TEMPLATE = """\
#define HOST_DEV 1593901057
const volatile u32 pod_dev;
u32 saved;
struct v {{ u32 a, number; }};
struct s {{ u32 x, y, n; }};
#define MAP(name, kind, entries) struct {{ __uint(type, kind); __uint(max_entries, entries); \\
    __type(key, u32); __type(value, struct v); }} name SEC(".maps");
MAP(m, 1, 64)
MAP(scratch, 6, 1)
struct {{ __uint(type, 3); __uint(max_entries, 8); __type(key, u32); __type(value, u32); }}
    calls SEC(".maps");
#define LOCALS u32 x = 0, y = 1, arr[4] = {{ 0, 2 }}; struct s s = {{ 3, 4, 5 }};
static long turn(u32 n, struct s *s) {{ {turn} return n > 1; }}
static long each(void *map, u32 *key, struct v *v, struct s *s) {{ {each} return s->x == 5; }}
static __attribute__((noinline)) u32 pick(struct __sk_buff *c, u32 *p, u32 n) {{ LOCALS x = n;
{pick}
    {own} return {picked}; }}
SEC("calls/0") int zero(struct __sk_buff *c) {{ LOCALS {carried}
{zero}
    {own} return x; }}
SEC("calls/1") int one(struct __sk_buff *c) {{ LOCALS {carried}
{one}
    {own} return 0; }}
SEC("tc") int entry(struct __sk_buff *c) {{ LOCALS {shared}
{entry}
    {own} return y; }}
SEC("tc") int other(struct __sk_buff *c) {{ LOCALS
{other}
    {shared} {carried} {own} return 0; }}
"""


def shown(*places: str) -> str:
    """Redirects to what places hold, each on a line of its own."""
    return "".join(f"bpf_redirect({place}, 0);\n" for place in places)


def shown_entry(of: str, key: str) -> str:
    """Redirects to what an entry of a map holds."""
    found = f"struct v *v = bpf_map_lookup_elem(&{of}, &key);"
    return f"{{ u32 key = {key}; {found} if (v) {{\n{shown('v->a', 'v->number')} }} }}\n"


# What programs show of their memory, so that nothing in it goes unnoticed.
SHOWN = {
    "own": shown("x", "y", "arr[1]", "arr[3]", "s.x", "s.y", "s.n"),
    "shared": shown("saved") + shown_entry("m", "0") + shown_entry("m", "c->len"),
    "carried": shown("c->cb[0]", "c->cb[1]") + shown_entry("scratch", "0"),
}
PLACES = ("x", "y", "arr[1]", "arr[3]", "s.x", "s.y", "s.n", "saved")
CARRIED = ("c->cb[0]", "c->cb[1]")
ORIGINS = ("HOST_DEV", "pod_dev", "c->ifindex")
FLAGS = ("c->mark & 1", "c->mark == 5", "c->len > 2", "c->cb[0]", "x", "x == y", "s.n == 5")


class Writer:
    """Writes one datapath."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.names: tuple[str, ...] = PLACES
        self.entries = 0  # that were looked up

    def datapath(self) -> str:
        """Programs `entry` and `other`, which may call `zero` and `one` in slots 0 and 1."""
        parts = {}
        for name in ("zero", "one", "entry", "other"):
            self.names = (*PLACES, *CARRIED[: self.random.randint(0, 2)])
            parts[name] = self.block(2) + self.one_of("", self.tail_call(), self.tail_call())
        self.names = (*PLACES, *CARRIED[: self.random.randint(0, 2)], "*p", "*p", "n")
        parts |= {"pick": self.block(1, calls=False), "picked": self.any()}
        self.names = ("s->x", "s->y", "s->n", "saved")
        parts["turn"] = "".join(self.move() for _ in range(3)) + self.one_of(
            "", "bpf_redirect(s->x, 0);"
        )
        self.names = (*self.names, "v->a", "v->number", "*key")
        parts["each"] = "".join(self.move() for _ in range(3))
        return TEMPLATE.format(**parts, **SHOWN)

    def one_of(self, *texts: str) -> str:
        return self.random.choice(texts)

    def any(self) -> str:
        """Something to move: most often a number that some place holds."""
        if self.random.random() < 0.6:
            return self.one_of(*self.names)
        named = ORIGINS if "x" in self.names else ORIGINS[:2]
        return self.one_of(*named, *named, "0", "1", "3", "5")

    def place(self) -> str:
        return self.one_of(*(name for name in self.names if name != "*key"))

    def block(self, depth: int, calls: bool = True) -> str:
        kinds = [self.move, self.move, self.move, self.redirect, self.spoil, self.element]
        kinds += [self.update, self.scratch, self.loop, self.copy, self.tail_call]
        if calls:
            kinds += [self.call, self.call]
        if depth:
            inner = depth - 1
            kinds += [lambda: self.branch(inner, calls), lambda: self.lookup(inner, calls)] * 2
            kinds += [lambda: self.choice(inner, calls), lambda: self.turns(inner, calls)]
        return "\n".join(self.random.choice(kinds)() for _ in range(self.random.randint(2, 4)))

    def move(self) -> str:
        return f"{self.place()} = {self.any()};"

    def spoil(self) -> str:
        return f"{self.place()} {self.one_of('+=', '|=', '&=', '^=')} {self.one_of('1', '5')};"

    def element(self) -> str:
        return self.one_of(
            f"arr[c->len & 3] = {self.any()};", f"{self.place()} = arr[c->mark & 3];"
        )

    def copy(self) -> str:
        return self.one_of(
            f"{{ struct s t = s; s.x = {self.any()}; s.n = t.y; }}",
            f"{{ u32 *q = {self.one_of(*FLAGS)} ? &s.y : &arr[0]; *q = {self.any()}; x = *q; }}",
        )

    def redirect(self) -> str:
        made = f"bpf_redirect({self.any()}, 0)"
        return self.one_of(f"{made};", f"if ({self.one_of(*FLAGS)}) return {made};")

    def call(self) -> str:
        pointer = self.one_of("&y", "&arr[1]", "&s.n", "&saved")
        return f"{self.place()} = pick(c, {pointer}, {self.any()});"

    def tail_call(self) -> str:
        return f"bpf_tail_call(c, &calls, {self.one_of('0', '1', '1', '2', 'c->len & 1', 'x')});"

    def key(self) -> str:
        return f"u32 key = {self.one_of('0', '1', 'c->len')};"

    def update(self) -> str:
        value = f"struct v made = {{ {self.any()}, {self.any()} }};"
        return f"{{ {self.key()} {value} bpf_map_update_elem(&m, &key, &made, 0); }}"

    def lookup(self, depth: int, calls: bool) -> str:
        self.entries += 1
        v = f"v{self.entries}"
        names, self.names = self.names, (*self.names, *(f"{v}->a", f"{v}->number") * 3)
        moved = f"{self.place()} = {self.one_of('t.a', 't.number')};"
        copied = self.one_of("", f"{{ struct v t = *{v}; {moved} }}")
        found = f"{self.move()} {self.move()} {copied} {self.block(depth, calls)}"
        self.names = names
        get = f"struct v *{v} = bpf_map_lookup_elem(&m, &key);"
        return f"{{ {self.key()} {get} if ({v}) {{ {found} }} else {{ {self.move()} }} }}"

    def scratch(self) -> str:
        get = "struct v *v = bpf_map_lookup_elem(&scratch, &key);"
        use = self.one_of(f"v->number = {self.any()};", f"{self.place()} = v->number;")
        return f"{{ u32 key = 0; {get} if (v) {use} }}"

    def loop(self) -> str:
        count = self.one_of("0", "2", "9", "c->len")
        return self.one_of(
            f"bpf_loop({count}, turn, &s, 0);", "bpf_for_each_map_elem(&m, each, &s, 0);"
        )

    def branch(self, depth: int, calls: bool) -> str:
        text = f"if ({self.one_of(*FLAGS)}) {{ {self.block(depth, calls)} }}"
        return text + self.one_of("", f" else {{ {self.block(depth, calls)} }}")

    def choice(self, depth: int, calls: bool) -> str:
        cases = "".join(
            f"case {n}: {self.block(depth, calls)} {self.one_of('break;', '')}\n" for n in (0, 5)
        )
        return f"switch ({self.one_of('c->mark', 'c->cb[0]')}) {{ {cases} default: ; }}"

    def turns(self, depth: int, calls: bool) -> str:
        body = f"{self.one_of('', 'if (x == 3) break;')} {self.block(depth, calls)}"
        return f"{{ int t; for (t = 0; t < {self.one_of('2', '5')}; t++) {{ {body} }} }}"
