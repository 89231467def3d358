"""What was judged: redirects by what is known of them, and entries that nothing attaches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from bpf_lint.callgraph.jumps import calls_in
from bpf_lint.callgraph.tailcalls import slots_of
from bpf_lint.config.schema import Profile
from bpf_lint.contexts.sections import is_tracing
from bpf_lint.ir.nodes import Call, Function, Unit
from bpf_lint.ir.wrappers import is_thin
from bpf_lint.model.finding import Judged
from bpf_lint.model.place import Place
from bpf_lint.pipeline.analyse import Answer, redirect_numbers
from bpf_lint.pipeline.drift import outdated
from bpf_lint.pipeline.narrowing import Narrowing
from bpf_lint.pipeline.parse import Parsed, unit_key
from bpf_lint.pipeline.planning import Setup

Entry = tuple[str, str]  # program, function


def judged(setup: Setup, parsed: Parsed, answers: Sequence[Answer], wanted: Narrowing) -> Judged:
    """Count the redirects of everything that was asked about.

    Entries that are attached nowhere are told where all modes and configurations ran: elsewhere
    one of the others may attach them.
    """
    reached: dict[Place, bool] = {}
    for answer in answers:
        for one in answer.redirects:
            if wanted.takes(one.place.path, one.program, one.entry):
                reached[one.place] = reached.get(one.place, True) and one.known
    left: dict[bool, set[str]] = {False: set(), True: set()}
    places: set[Place] = set()
    if not _part(setup):
        for program, entry, in_slot, sites in _left(setup, parsed, answers):
            if wanted.takes("", program, entry):
                left[in_slot].add(f"{program}:{entry}")
                places |= sites - reached.keys()
    unknown = sum(not known for known in reached.values())
    entries, uncalled = (tuple(sorted(names)) for names in left.values())
    old = outdated(setup, parsed)
    return Judged(len(reached) + len(places), unknown, len(places), entries, uncalled, old)


def _part(setup: Setup) -> bool:
    """True where not all modes and configurations run."""
    request = setup.request
    chosen = any(plan.workspace.user.settings.only_modes for plan in setup.plans)
    return bool(request.modes or request.configurations or chosen)


def _left(
    setup: Setup, parsed: Parsed, answers: Sequence[Answer]
) -> Iterator[tuple[str, str, bool, set[Place]]]:
    """(program, entry, in a slot of a prog array, redirects): what redirects and nothing runs."""
    run = frozenset[Entry]().union(*(answer.run for answer in answers))
    kernel = setup.catalogue.kernel
    numbers = redirect_numbers(kernel)
    for program, unit, profile in units_of_plans(setup, parsed):
        slots = set(slots_of(unit, profile).values())
        for entry in unit.entries:
            function = unit.functions[entry]
            idle = (program, entry) not in run and not is_tracing(function.section, kernel)
            if idle and not _excused(setup, entry, function):
                sites = set(_redirects(unit, entry, numbers))
                if sites:
                    yield program, entry, entry in slots, sites


def _excused(setup: Setup, entry: str, function: Function) -> bool:
    """True for an entry that the user says need not be judged."""
    globs = [glob for plan in setup.plans for glob in plan.workspace.user.settings.unattached]
    return any(fnmatchcase(name, glob) for glob in globs for name in (entry, function.section))


def units_of_plans(setup: Setup, parsed: Parsed) -> Iterator[tuple[str, Unit, Profile]]:
    """Each parsed program with each of its sets of flags, once, and its profile."""
    seen = set()
    for plan in setup.plans:
        for system in plan.systems:
            for job in system.units:
                key = unit_key(job)
                if key in parsed.units and (job.name, key) not in seen:
                    seen.add((job.name, key))
                    yield job.name, parsed.units[key], plan.workspace.profile


def _redirects(unit: Unit, entry: str, numbers: frozenset[int]) -> Iterator[Place]:
    """Calls of redirect helpers in an entry and what it calls, at their sites."""
    wrapped: dict[str, bool] = {}

    def redirects(call: Call) -> bool:
        """True for a call of a redirect helper, of a pointer, or of a thin wrapper around one."""
        if not call.callee:
            return call.helper in numbers or call.pointer is not None
        if call.callee not in wrapped:
            wrapped[call.callee] = False  # while it is looked at: wrappers may call each other
            callee = unit.functions.get(call.callee)
            wrapped[call.callee] = (
                callee is not None and is_thin(callee) and any(map(redirects, calls_in(callee)))
            )
        return wrapped[call.callee]

    left, seen = [entry], {entry}
    while left:
        function = unit.functions.get(left.pop())
        for call in calls_in(function) if function else ():
            if redirects(call):
                yield call.place
            elif call.callee and call.callee not in seen:
                seen.add(call.callee)
                left.append(call.callee)
