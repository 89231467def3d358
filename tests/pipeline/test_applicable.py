"""Rules that no object of a run can break are not looked at."""

from __future__ import annotations

import msgspec
import pytest

from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.contexts.jobs import SystemJob
from bpf_lint.pipeline.applicable import Applicable
from bpf_lint.pipeline.parse import Parsed, unit_key
from tests.dataflow.compiling import compile_c
from tests.dataflow.harness import KERNEL
from tests.dataflow.systems import attach, job, profile

RULES = {rule.id: rule for rule in Catalogue(data_folder()).rules}
LOOKUP = "struct bpf_fib_lookup fib = {}; bpf_fib_lookup(c, &fib, sizeof(fib), 0);"
REDIRECT = "return bpf_redirect(c->mark, 0);"
XDP = "return bpf_redirect(c->ingress_ifindex, 0);"


def applies(rule: str, hook: str, body: str) -> bool:
    """True where a rule is looked at for one object with one program."""
    record = "xdp_md" if hook == "xdp" else "__sk_buff"
    source = f'SEC("p") int entry(struct {record} *c) {{ {body} }}'
    return bool(applicable(hook, {"a.c": source}).of([RULES[rule]]))


def applicable(hook: str, sources: dict[str, str]) -> Applicable:
    """What applies to objects of which the first is attached."""
    system: SystemJob = job(sources)
    units = {unit_key(one): compile_c(sources[one.name], (), name=one.name) for one in system.units}
    first = next(iter(sources))
    described = profile(attach(first, "entry", hook, "uplink"))
    return Applicable([system], Parsed(units, {}), described, KERNEL)


@pytest.mark.parametrize(
    ("rule", "hook", "body", "looked_at"),
    [
        ("cross-netns-redirect", "tc-ingress", REDIRECT, True),
        ("cross-netns-redirect", "tc-ingress", "return 0;", False),
        ("xdp-fib-upper-device", "xdp", LOOKUP + XDP, True),
        ("xdp-fib-upper-device", "xdp", LOOKUP + "return 2;", False),
        ("xdp-fib-upper-device", "xdp", XDP, False),
        ("xdp-fib-upper-device", "tc-ingress", LOOKUP + REDIRECT, False),
        ("unchecked-fib-result", "tc-ingress", LOOKUP + REDIRECT, True),
        ("unchecked-fib-result", "tc-ingress", REDIRECT, False),
    ],
)
def test_a_rule_is_looked_at_where_it_can_be_broken(
    rule: str, hook: str, body: str, looked_at: bool
) -> None:
    assert applies(rule, hook, body) is looked_at


def test_an_object_that_nothing_attaches_can_be_of_any_type() -> None:
    """A tail call from another object may lead there."""
    sources = {
        "a.c": 'SEC("p") int entry(struct xdp_md *c) { return 2; }',
        "b.c": f'SEC("q") int other(struct xdp_md *c) {{ {LOOKUP} {XDP} }}',
    }
    assert applicable("xdp", sources).of([RULES["xdp-fib-upper-device"]])


def test_objects_that_are_linked_count_as_one() -> None:
    sources = {
        "a.c": 'extern int more(struct xdp_md *c); SEC("p") int entry(struct xdp_md *c)'
        f" {{ {LOOKUP} return more(c); }}",
        "b.c": f'int more(struct xdp_md *c) {{ {XDP} }} SEC("q") int own(struct xdp_md *c)'
        " { return more(c); }",
    }
    found = applicable("xdp", sources)
    assert found.of([RULES["xdp-fib-upper-device"]])
    apart = dict(sources, **{"a.c": sources["a.c"].replace("return more(c)", "return 2")})
    assert not applicable("xdp", apart).of([RULES["xdp-fib-upper-device"]])


def test_rules_keep_their_order() -> None:
    wanted = [RULES[name] for name in ("zero-ifindex", "cross-netns-redirect")]
    found = applicable(
        "tc-ingress", {"a.c": f'SEC("p") int entry(struct __sk_buff *c) {{ {REDIRECT} }}'}
    )
    assert found.of(wanted) == wanted
    assert [msgspec.structs.asdict(one)["id"] for one in found.of(wanted[::-1])] == [
        "cross-netns-redirect",
        "zero-ifindex",
    ]
