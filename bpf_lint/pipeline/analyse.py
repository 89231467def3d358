"""Analysing all systems of a run, in several processes."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from bpf_lint.callgraph.graph import HookGraph
from bpf_lint.callgraph.jumps import calls_in
from bpf_lint.callgraph.linking import linked
from bpf_lint.config.effects import CloneRedirectEffect, RedirectEffect, RedirectMapEffect
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.rule_schema import Rule
from bpf_lint.config.schema import Profile
from bpf_lint.contexts.jobs import SystemJob
from bpf_lint.dataflow import Coverage, Engine, System, coverage, hook_graphs, jumps, passages
from bpf_lint.ir.nodes import Unit
from bpf_lint.model.errors import InputError
from bpf_lint.model.finding import Finding
from bpf_lint.model.journey import Jump, Passage
from bpf_lint.model.place import Place
from bpf_lint.pipeline import crew
from bpf_lint.pipeline.keptcalls import STATES, KeptCalls, Learnt
from bpf_lint.pipeline.limits import Bounds, Limits
from bpf_lint.pipeline.parse import Parsed, unit_key
from bpf_lint.pipeline.request import Progress
from bpf_lint.pipeline.source import Source
from bpf_lint.rules import Done, Reached, evaluate
from bpf_lint.rules.vocabulary import events_needed


class Work(msgspec.Struct, frozen=True):
    """What every process needs.

    Args:
        audit: True to report coverage as well.
        graph: True to report call graphs as well.
        passages: True to report how the programs at each hook end, and their tail calls, as well.
        apart, leading: See `evaluate`.
        calls: Calls of earlier runs, None for none.
        bounds: What the analysis of one system may take.
        root, tree: See `Source`.
    """

    systems: Sequence[SystemJob]
    parsed: Parsed
    kernel: KernelModel
    profile: Profile
    rules: Sequence[Rule]
    root: str
    audit: bool = False
    graph: bool = False
    apart: bool = False
    passages: bool = False
    calls: KeptCalls | None = None
    bounds: Bounds = Bounds()
    leading: Sequence[Rule] = ()
    tree: str = ""

    def engine(self) -> Engine:
        """An engine that observes what the rules and the reports need, and nothing else."""
        events = events_needed([*self.rules, *self.leading]).union(
            ["unfollowed", *(["redirect"] if self.passages else ())]
        )
        return Engine(
            self.kernel,
            events,
            audit=self.audit or self.graph,
            keeping=self.calls is not None,
        )


class Answer(msgspec.Struct, frozen=True):
    """What the analysis of one system says.

    Args:
        unresolved: Tail calls without a known target: (place, "map[index]").
        failed: Why the system could not be analysed, "" where it was.
        idle: Programs that redirect packets, and of which nothing is attached or called.
        redirects: Redirects that some path makes.
        done: Those that are right.
        run: (program, function) of everything that an attachment or a tail call runs.
        unsettled: (program, what of it met a bound, in words).
    """

    findings: tuple[Finding, ...] = ()
    unknown: tuple[Finding, ...] = ()
    unresolved: tuple[tuple[Place, str], ...] = ()
    unsettled: tuple[tuple[str, str], ...] = ()
    failed: str = ""
    coverage: Coverage | None = None
    graphs: tuple[HookGraph, ...] = ()
    idle: tuple[str, ...] = ()
    redirects: tuple[Reached, ...] = ()
    run: frozenset[tuple[str, str]] = frozenset()
    passages: tuple[Passage, ...] = ()
    jumps: tuple[Jump, ...] = ()
    done: tuple[Done, ...] = ()


# What forked processes inherit: units are large, and sending them costs more than analysing.
_SHARED: list[Work] = []

Chunk = tuple[int, ...]
Numbered = tuple[int, Answer]  # of which system

# Ten times what the largest tree measured takes for one system.
LIMITS = Limits(seconds=600, memory=4 << 30, processor=300)


def analyse(work: Work, jobs: int, progress: Progress) -> list[Answer]:
    """The answers of all systems, in their order, whatever the number of processes."""
    _SHARED.append(work)
    thresholds = gc.get_threshold()
    # Units live to the end, and values form no cycles: looking for garbage among them took a
    # fifth of the time and found none.
    gc.freeze()
    gc.set_threshold(200_000, 50, 1000)
    try:
        answers: dict[int, Answer] = {}
        progress("analysing", 0, len(work.systems))
        for at, answer in _run(_chunks(work.systems, jobs), jobs):
            answers[at] = answer
            progress("analysing", len(answers), len(work.systems))
        return [answers[at] for at in range(len(work.systems))]
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        _SHARED.pop()


def _chunks(systems: Sequence[SystemJob], jobs: int) -> list[Chunk]:
    """Systems by process: the modes of one configuration together, for they share most work."""
    if sys.platform != "linux" or jobs < 2:
        return [tuple(range(len(systems)))] if systems else []
    groups: dict[str, list[int]] = {}
    for at, system in enumerate(systems):
        groups.setdefault(system.configuration, []).append(at)
    # The largest groups first, each to the process with the least to do.
    chunks: list[list[int]] = [[] for _ in range(min(jobs, len(groups)))]
    load = [0.0] * len(chunks)
    for group in sorted(groups.values(), key=lambda group: -_cost(systems, group)):
        least = load.index(min(load))
        load[least] += _cost(systems, group)
        chunks[least] += group
    return [tuple(chunk) for chunk in chunks]


def _cost(systems: Sequence[SystemJob], group: list[int]) -> float:
    """Programs to analyse; those of further modes cost about a third, the rest being known."""
    first, *others = (len(systems[at].units) for at in group)
    return first + sum(others) / 3


def _run(chunks: list[Chunk], processes: int) -> Iterator[Numbered]:
    """Answers as they come. What exceeds the limits costs its system; the rest is begun anew."""
    if sys.platform != "linux":
        for chunk in chunks:
            analyst = _Analyst(_SHARED[-1])
            yield from analyst.answers(chunk)
            _keep(analyst.learnt)
        return
    while chunks:
        left = [list(chunk) for chunk in chunks]
        chunks = []
        limits = _SHARED[-1].bounds.over(LIMITS)
        for number, found in crew.run(_in_process, left, processes, limits, "the analysis"):
            if isinstance(found, list):
                _keep(found)
                continue
            if not left[number]:
                continue  # lost once all was said
            at, answer = _given(found, left[number])
            left[number].remove(at)
            yield at, answer
            if isinstance(found, crew.Exceeded) and left[number]:
                chunks.append(tuple(left[number]))


def _given(found: Numbered | crew.Exceeded, left: list[int]) -> Numbered:
    """An answer; that of the system which was at work where there is none."""
    return (left[0], Answer(failed=found.why)) if isinstance(found, crew.Exceeded) else found


def _in_process(chunk: Sequence[int], beat: crew.Beat) -> list[Learnt]:
    """Tell the answers of a chunk as they come; the calls that were learnt are its result."""
    analyst = _Analyst(_SHARED[-1])
    for answer in analyst.answers(chunk):
        beat(answer)
    return analyst.learnt


def _keep(learnt: Sequence[Learnt]) -> None:
    """Keep calls for later runs: what analyses may not write files."""
    calls = _SHARED[-1].calls
    for one in learnt:
        if calls:
            calls.save(one)


class _Analyst:
    """Analyses systems with one engine, which keeps what they share.

    Attributes:
        learnt: The calls that nobody knew before.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self.learnt: list[Learnt] = []
        self._begin()

    def answers(self, chunk: Sequence[int]) -> Iterator[Numbered]:
        """The answers of some systems."""
        source = Source(self._work.root, self._work.tree)
        for at in chunk:
            if self._work.audit or self._work.graph:
                self._begin()  # figures of one system only
            try:
                yield at, self._answer(self._work.systems[at], source)
            except InputError as error:
                self._end()
                yield at, Answer(failed=str(error))
            except MemoryError:
                self._end()
                yield at, Answer(failed="needs too much memory to be analysed")
            except Exception as error:  # one system must not take the others down
                self._end()
                why = f"internal error, please report it: {type(error).__name__}: {error}"
                yield at, Answer(failed=why)
        self._end()

    def _begin(self) -> None:
        """Go on with another engine."""
        self._engine = self._work.engine()
        self._units: dict[str, None] = {}  # keys of those whose calls are known
        self._states: dict[str, None] = {}  # that calls were kept in
        self._many = False

    def _end(self) -> None:
        """Be done with the engine."""
        if self._work.calls:
            new = self._engine.learnt(recalled=self._many)
            if new is not None:
                self.learnt.append(Learnt(tuple(self._units), new, self._many))
        self._begin()

    def _answer(self, job: SystemJob, source: Source) -> Answer:
        units = units_of(job, self._work.parsed)
        if self._work.calls:
            self._recall(self._work.calls, [unit_key(u) for u in job.units if u.name in units])
        answer = _answer(self._engine, self._work, job, units, source)
        if self._work.calls:
            self._engine.learn()
        return answer

    def _recall(self, calls: KeptCalls, units: Sequence[str]) -> None:
        """Know what was kept of units."""
        for unit in units:
            if unit not in self._units:
                self._units[unit] = None
                names = calls.names(unit)
                self._many = self._many or len(names) >= STATES
                new = [one for one in names if one not in self._states]
                self._states.update(dict.fromkeys(new))
                for data, lines in calls.states(new):
                    self._engine.recall(data, lines)


def _answer(
    engine: Engine, work: Work, job: SystemJob, units: Mapping[str, Unit], source: Source
) -> Answer:
    system = engine.analyse(job, units, work.profile)
    found = evaluate(
        system, work.rules, work.kernel, source.line, apart=work.apart, leading=work.leading
    )
    unresolved = {(event.place, what) for (_, event), what in system.unresolved.items()}
    return Answer(
        tuple(found.findings),
        tuple(found.unknown),
        tuple(sorted(unresolved)),
        tuple(sorted(system.unsettled)),
        "",
        coverage(system, engine.audit, source.line) if work.audit else None,
        tuple(hook_graphs(system, engine.audit)) if work.graph else (),
        tuple(_idle(system, work.kernel)),
        tuple(found.redirects),
        frozenset((key.unit, key.function) for key in system.instances),
        tuple(passages(system, work.kernel)) if work.passages else (),
        tuple(jumps(system)) if work.passages else (),
        tuple(found.done),
    )


def job_name(job: SystemJob) -> str:
    """A system in words: its mode and configuration."""
    return "/".join(part for part in (job.mode, job.configuration) if part)


def unsettled(what: str) -> str:
    """What is said of a program that met a bound."""
    return f"not analysed to its end, as this does not settle: {what}"


def redirect_numbers(kernel: KernelModel) -> frozenset[int]:
    """Numbers of the helpers that are given the ifindex of a device to send to."""
    kinds = (RedirectEffect, CloneRedirectEffect, RedirectMapEffect)
    return frozenset(one.number for one in kernel.helpers.values() if isinstance(one.effect, kinds))


def _idle(system: System, kernel: KernelModel) -> Iterator[str]:
    """Programs that redirect packets, and of which no hook and no tail call runs anything."""
    reached = {key.unit for key in system.instances}
    numbers = redirect_numbers(kernel)
    for name, unit in sorted(system.units.items()):
        if name not in reached and any(
            call.helper in numbers
            for function in unit.functions.values()
            for call in calls_in(function)
        ):
            yield name


def units_of(system: SystemJob, parsed: Parsed) -> dict[str, Unit]:
    """The parsed programs of a system, by name, with what they define for each other."""
    keys = {unit.name: unit_key(unit) for unit in system.units}
    return linked({name: parsed.units[key] for name, key in keys.items() if key in parsed.units})
