"""Programs that grow in one direction, as C."""

from __future__ import annotations

from tests.dataflow.systems import PROG_ARRAY, attach

EGRESS = attach("a.c", "entry", "tc-egress", "slave")
ENTRY = 'SEC("tc") int entry(struct __sk_buff *c) {{ {} }}\n'


def sites(count: int, slots: int = 7) -> str:
    """Tail calls from many places, to all slots, each with a constant of its own."""
    cases = "".join(
        f"case {n}: c->cb[0] = {n}; c->cb[1] = c->ifindex; bpf_tail_call(c, &calls, {n % slots});"
        " return 2;\n"
        for n in range(count)
    )
    body = f"switch (c->mark) {{ {cases} }} return bpf_redirect(c->cb[1], c->cb[0]);"
    programs = "".join(
        f'SEC("calls/{n}") int at{n}(struct __sk_buff *c) {{ {body} }}\n' for n in range(slots)
    )
    array = PROG_ARRAY.replace("max_entries, 8", f"max_entries, {slots + 1}")
    return array + programs + ENTRY.format(body)


def mutual(count: int) -> str:
    """Programs that all call each other."""
    calls = "".join(
        f"if (c->mark == {n}) {{ c->cb[{n % 5}] += {n}; bpf_tail_call(c, &calls, {n}); }}"
        for n in range(count)
    )
    programs = "".join(
        f'SEC("calls/{n}") int at{n}(struct __sk_buff *c) {{ c->cb[0] = c->ifindex; {calls}'
        " return bpf_redirect(c->cb[1], 0); }\n"
        for n in range(count)
    )
    array = PROG_ARRAY.replace("max_entries, 8", f"max_entries, {count}")
    return array + programs + ENTRY.format(calls + "return 0;")


def switch(cases: int) -> str:
    """One switch whose cases each compute a number of their own."""
    text = "".join(f"case {n}: x = c->ifindex + {n}; break;\n" for n in range(cases))
    return ENTRY.format(f"u32 x = 0; switch (c->mark) {{ {text} }} return bpf_redirect(x, 0);")


def loops(depth: int) -> str:
    """Loops inside each other."""
    heads = "".join(f"for (u32 i{n} = 0; i{n} < c->len; i{n}++) " for n in range(depth))
    total = " + ".join(f"i{n}" for n in range(depth))
    return ENTRY.format(f"u32 x = 0; {heads} {{ x += {total}; }} return bpf_redirect(x, 0);")


def blocks(count: int) -> str:
    """One function of so many blocks."""
    tests = "".join(f"if (c->cb[{n % 5}] == {n}) x ^= {n};\n" for n in range(count // 2))
    return ENTRY.format(f"u32 x = c->mark; {tests} return bpf_redirect(x, 0);")


def nested(depth: int) -> str:
    """Functions that each call the next twice, with different arguments."""
    functions = f"static __attribute__((noinline)) u32 f{depth}(u32 x) {{ return x; }}\n"
    for n in reversed(range(depth)):
        functions += (
            f"static __attribute__((noinline)) u32 f{n}(u32 x)"
            f" {{ return x & 1 ? f{n + 1}(x) : f{n + 1}(x | 1); }}\n"
        )
    return functions + ENTRY.format("return bpf_redirect(f0(c->ifindex), 0);")


def configuration(number: int) -> str:
    """One of many configurations that differ in one function of a program."""
    own = f"static __attribute__((noinline)) u32 own(u32 x) {{ return x + {number}; }}\n"
    return own + nested(20).replace("bpf_redirect(f0(", "bpf_redirect(own(f0(").replace(
        "), 0)", ")), 0)"
    )
