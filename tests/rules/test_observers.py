"""A kind of event is one class: with it come its facts, its words, and what rule files can say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any, ClassVar

import msgspec
import pytest

from bpf_lint import ir
from bpf_lint.config.catalogue import Catalogue, data_folder
from bpf_lint.config.rule_schema import Rule
from bpf_lint.contexts.jobs import SystemJob
from bpf_lint.dataflow import Engine
from bpf_lint.dataflow.domain.atoms import Value
from bpf_lint.dataflow.domain.state import State
from bpf_lint.dataflow.domain.values import exact
from bpf_lint.dataflow.engine.context import Context, Observer, Observers
from bpf_lint.dataflow.engine.events import Event, Payload
from bpf_lint.dataflow.observers.kind import EventKind, Facts, Moment
from bpf_lint.dataflow.observers.registry import KINDS
from bpf_lint.model.errors import ConfigError
from bpf_lint.pipeline.analyse import Work
from bpf_lint.pipeline.applicable import Applicable
from bpf_lint.pipeline.parse import Parsed, unit_key
from bpf_lint.rules import evaluate
from bpf_lint.rules.check import check_rule
from bpf_lint.rules.vocabulary import page, rule_schema
from tests.dataflow.compiling import compile_c
from tests.dataflow.harness import KERNEL
from tests.dataflow.systems import analyse, attach, job, profile

SHIPPED = {rule.id: rule for rule in Catalogue(data_folder()).rules}
CROSS = SHIPPED["cross-netns-redirect"]
SOURCE = """inline_ int store(struct __sk_buff *c, u32 value) {
    c->mark = value;
    return 0;
}
SEC("tc") int entry(struct __sk_buff *c) {
    store(c, 3);
    return store(c, 7);
}"""


class Marked(Payload, frozen=True):
    """A number was stored in a member."""

    kind: ClassVar[str] = "marking"
    member: str
    value: Value


class Markings(EventKind):
    """Stores of a number that is known."""

    name = "marking"
    plural = "stores in a member"
    described = {"member": "the member, text", "number": "the number"}

    def __init__(self) -> None:
        self.asked = 0

    def stored(
        self, activation: Context, instruction: ir.Store, address: Value, value: Value, state: State
    ) -> None:
        self.asked += 1
        if isinstance(instruction.address, ir.Field) and exact(value) is not None:
            told = Marked(instruction.address.name.rpartition(".")[2], value)
            activation.effects.emit(instruction.place, told)

    def facts(self, moment: Moment) -> Facts:
        payload = moment.event.payload
        assert isinstance(payload, Marked)
        return {"member": payload.member, "number": exact(payload.value)}

    def words(self, event: Event) -> tuple[str, str]:
        return "marking", f"stores a number in {event.function}"


RULE = msgspec.structs.replace(
    CROSS,
    id="odd-mark",
    event="marking",
    when='member == "mark" && number == 7',
    each="event",
    helpers=[],
    message="{number} is stored in {member}",
    fact="",
    suggestion="Store none.",
)


@pytest.fixture
def markings(monkeypatch: pytest.MonkeyPatch) -> Markings:
    kind = Markings()
    monkeypatch.setitem(KINDS, kind.name, kind)
    return kind


def engine(*rules: Rule) -> Engine:
    """The engine of a run with these rules."""
    systems: list[SystemJob] = [job({"a.c": SOURCE})]
    return Work(systems, Parsed({}, {}), KERNEL, profile(), rules, "").engine()


def found(*rules: Rule) -> list[Any]:
    described = profile(attach("a.c", "entry", "tc-ingress", "lxc"))
    system = analyse({"a.c": SOURCE}, described, engine(*rules))
    return evaluate(system, rules, KERNEL, lambda path, line: "").findings


def test_a_new_kind_of_event_can_be_looked_at_by_a_rule(markings: Markings) -> None:
    check_rule(RULE, KERNEL, ConfigError)
    (finding,) = found(RULE, CROSS)
    assert (finding.rule, finding.message) == ("odd-mark", "7 is stored in mark")
    (occurrence,) = finding.occurrences
    assert [step.kind for step in occurrence.trace] == ["entry", "call", "marking"]
    assert occurrence.trace[-1].text == "stores a number in store"
    assert markings.asked


def test_what_no_rule_looks_at_is_not_observed(markings: Markings) -> None:
    assert not found(CROSS)
    assert markings.asked == 0


def test_the_vocabulary_follows_from_the_kinds(markings: Markings) -> None:
    assert "## Of `marking`" in page()
    assert "| `member` | the member, text |" in page()
    event = rule_schema()["$defs"]["Rule"]["properties"]["event"]
    assert "marking" in event["anyOf"][0]["enum"]
    with pytest.raises(ConfigError, match='did you mean "member"'):
        check_rule(msgspec.structs.replace(RULE, when="membr"), KERNEL, ConfigError)


def test_without_the_kind_its_name_is_not_known() -> None:
    with pytest.raises(ConfigError, match='unknown event "marking"'):
        check_rule(RULE, KERNEL, ConfigError)


REDIRECTS = """SEC("tc") int entry(struct __sk_buff *c)
{
    struct bpf_fib_lookup fib = {};
    bpf_fib_lookup(c, &fib, sizeof(fib), 0);
    return c->mark ? bpf_redirect(fib.ifindex, 0) : bpf_redirect_peer(fib.ifindex, 0);
}"""


def test_stable_rules_leave_the_kinds_of_others_out() -> None:
    """As do those that are about other types of programs than the object has."""
    stable = [rule for rule in SHIPPED.values() if rule.status == "stable"]
    system: SystemJob = job({"a.c": REDIRECTS})
    units = {unit_key(one): compile_c(REDIRECTS, (), name="a.c") for one in system.units}
    described = profile(attach("a.c", "entry", "tc-ingress", "lxc"))
    applicable = Applicable([system], Parsed(units, {}), described, KERNEL).of(stable)
    observers = engine(*applicable).interpreter.observers
    names = {type(one.__self__).__name__ for one in _asked(observers)}
    assert names == {"Redirects", "FibLookups", "Assignments", "UnfollowedCalls"}  # and no audit
    assert len(applicable) < len(stable)
    every = engine(*SHIPPED.values()).interpreter.observers
    assert {type(one.__self__).__name__ for one in _asked(every)} >= names | {"Narrowings"}


def _asked(observers: Observers) -> Iterator[Any]:
    for name in ANNOUNCED:
        yield from getattr(observers, name)


class Everything(Observer):
    """Counts what is announced."""

    def __init__(self) -> None:
        self.told: Counter[str] = Counter()


def _counting(name: str) -> Any:
    def count(self: Everything, *what: Any) -> None:
        self.told[name] += 1

    return count


ANNOUNCED = sorted(
    name for name, one in vars(Observer).items() if callable(one) and not name.startswith("_")
)
for _name in ANNOUNCED:
    setattr(Everything, _name, _counting(_name))


def run_with(observers: Collection[Observer], source: str) -> None:
    whole = Engine(KERNEL, ())
    whole.interpreter.observers = Observers(list(observers))
    analyse({"a.c": source}, profile(attach("a.c", "entry", "tc-ingress", "lxc")), whole)


def test_everything_that_an_observer_can_ask_for_is_announced() -> None:
    source = """int away(void);
    struct pair { u32 a[40]; };
    static __attribute__((noinline)) int add(struct pair *p) { return p->a[3]; }
    SEC("tc") int entry(struct __sk_buff *c) {
        struct pair one = {}, two; u16 low = c->mark;
        two = one; two.a[3] = low;
        if (c->mark == 1) return bpf_redirect(1, 0);
        away();
        if (c->mark == 2) __builtin_trap();
        return add(&two);
    }"""
    every = Everything()
    run_with([every], source)
    assert sorted(every.told) == ANNOUNCED


def test_observers_leave_the_states_as_they_are() -> None:
    described = profile(attach("a.c", "entry", "tc-ingress", "lxc"))
    results = [
        [
            arrival.outcome.results
            for instance in analyse({"a.c": SOURCE}, described, whole).instances.values()
            for arrival in instance.arrivals
        ]
        for whole in (Engine(KERNEL), Engine(KERNEL, ()))
    ]
    assert results[0] == results[1]
