"""What the coverage audit says was taken: sides of branches, calls, returns."""

from __future__ import annotations

import pytest

from bpf_lint.dataflow import Engine
from bpf_lint.dataflow.results.coverage import Coverage, coverage
from tests.dataflow.harness import KERNEL
from tests.dataflow.systems import analyse, attach, profile


def audited(body: str) -> Coverage:
    source = f"""static __attribute__((noinline)) int stuck(int c) {{
        if (c) __builtin_trap(); for (;;) ; }}
    SEC("tc") int entry(struct __sk_buff *c) {{ {body} }}"""
    engine = Engine(KERNEL)
    return coverage(analyse({"a.c": source}, profile(ENTRY), engine), engine.audit)


ENTRY = attach("a.c", "entry", "tc-egress", "slave")


@pytest.mark.parametrize(
    ("body", "sides"),
    [
        ("if (c->mark) return 1; return 0;", []),
        ("u32 x = 4; if (x) return 1; return 0;", [(True, "4")]),
        ("u32 x = 0; if (x) return 1; return 0;", [(False, "0")]),
        ("u32 x = c->mark ? 3 : 5; if (x) return 1; return 0;", [(True, "3 or 5")]),
        ("u32 *at = &c->mark; if (at) return 1; return 0;", [(True, "an address")]),
        ("int at; for (at = 0; at < 2; at++) c->mark = at; return 0;", []),
        ("u32 at = c->mark; if (at == 4) if (at > 3) return 1; return 0;", [(True, "1")]),
    ],
)
def test_a_condition_that_goes_one_way_is_told_with_what_it_was(
    body: str, sides: list[tuple[bool, str]]
) -> None:
    found = audited(body).one_sided
    assert [(one.always, one.because) for one in found] == sides


def test_a_condition_is_told_as_the_source_spells_it() -> None:
    engine = Engine(KERNEL)
    test = "if (x > 2) return 1; return 0; }"
    source = f'SEC("tc") int entry(struct __sk_buff *c) {{\nu32 x = 0;\n{test}'
    system = analyse({"a.c": source}, profile(ENTRY), engine)
    told = coverage(system, engine.audit, lambda _path, line: source.split("\n")[line - 1])
    assert [one.condition for one in told.one_sided] == [test]


def test_a_function_that_never_returns_is_told() -> None:
    assert [name for name, _ in audited("return stuck(c->mark);").never_return] == [
        "entry",
        "stuck",
    ]
    assert audited("return 0;").never_return == ()
