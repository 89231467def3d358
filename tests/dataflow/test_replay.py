"""A path that is run alone leads to its end, or is not shown as one that does."""

from __future__ import annotations

from bpf_lint.dataflow.domain.values import origins
from bpf_lint.dataflow.observers.redirect import Redirect
from bpf_lint.dataflow.results.replay import Replay
from bpf_lint.dataflow.system.system import System
from tests.dataflow.systems import PROG_ARRAY, analyse, attach, profile

SOURCE = (
    PROG_ARRAY
    + """
struct s { u32 device, ready; };
struct { __uint(type, 6); __uint(max_entries, 1); __type(key, u32); __type(value, struct s); }
    own SEC(".maps");
static struct s *scratch(void) { u32 zero = 0; return bpf_map_lookup_elem(&own, &zero); }
SEC("calls/0") int last(struct __sk_buff *c) {
    struct s *s = scratch(); if (!s || !s->ready) return 0;
    return bpf_redirect(s->device, 0); }
SEC("calls/1") int middle(struct __sk_buff *c) { bpf_tail_call(c, &calls, 0); return 0; }
SEC("tc") int entry(struct __sk_buff *c) {
    struct s *s = scratch(); if (!s) return 0;
    %s return 0; }"""
)


def analysed(body: str) -> System:
    attached = profile(attach("a.c", "entry", "tc-ingress", "lxc"))
    return analyse({"a.c": SOURCE % body}, attached)


def lines(system: System) -> dict[str, list[int] | None]:
    """By the number's symbol, the lines of the tail calls of a path that leads there alone."""
    replay = Replay(system)
    found: dict[str, list[int] | None] = {}
    for instance in system.instances.values():
        for arrival in instance.arrivals:
            for event in arrival.outcome.events:
                if isinstance(event.payload, Redirect):
                    for atom in origins(event.payload.target):
                        way = replay.way(instance, arrival, event, atom)
                        found[atom.symbol] = (
                            None if way is None else [one[2].place.line for one in way]
                        )
    return found


BOTH = """
    s->ready = 1;
    if (unknown()) {
        s->device = c->ifindex; bpf_tail_call(c, &calls, %d);
    }
    s->device = 0;
    bpf_tail_call(c, &calls, %d);"""


def test_of_several_ways_that_are_joined_the_one_with_the_number_is_found() -> None:
    begin = SOURCE[: SOURCE.index("%s")].count("\n") + 1
    found = lines(analysed(BOTH % (0, 0)))
    assert found == {"__sk_buff.ifindex": [begin + 3]}
    swapped = BOTH.replace("c->ifindex", "N").replace("= 0", "= c->ifindex").replace("N", "0")
    found = lines(analysed(swapped % (0, 0)))
    assert found == {"__sk_buff.ifindex": [begin + 6]}


def test_a_way_through_several_programs() -> None:
    found = lines(analysed(BOTH % (1, 1)))
    (way,) = found.values()
    assert way is not None
    assert len(way) == 2


def test_what_two_packets_carried_apart_leads_nowhere_alone() -> None:
    apart = """
    if (unknown()) { s->device = c->ifindex; s->ready = 0; bpf_tail_call(c, &calls, 0); }
    s->device = 0; s->ready = 1; bpf_tail_call(c, &calls, 0);"""
    assert lines(analysed(apart)) == {"__sk_buff.ifindex": None}


def test_a_program_at_its_hook_needs_no_way() -> None:
    assert lines(analysed("return bpf_redirect(c->ifindex, 0);")) == {"__sk_buff.ifindex": []}


def test_programs_that_call_each_other_are_followed_once() -> None:
    system = analysed("s->ready = 1; s->device = c->ifindex; bpf_tail_call(c, &calls, 2);")
    assert not lines(system)
    around = SOURCE.replace(
        "bpf_tail_call(c, &calls, 0);", "bpf_tail_call(c, &calls, 1); bpf_tail_call(c, &calls, 0);"
    )
    attached = profile(attach("a.c", "entry", "tc-ingress", "lxc"))
    body = "s->ready = 1; s->device = c->ifindex; bpf_tail_call(c, &calls, 1);"
    (way,) = lines(analyse({"a.c": around % body}, attached)).values()
    assert way is not None
