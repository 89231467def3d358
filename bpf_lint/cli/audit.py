"""The text of `bpf-lint doctor --coverage`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bpf_lint.reporters.common import plural

if TYPE_CHECKING:
    from bpf_lint.dataflow.results.coverage import Coverage, HookCoverage
    from bpf_lint.pipeline.analyse import Answer


def audit(answers: Sequence[Answer]) -> Iterator[str]:
    """The coverage of every system, then the totals."""
    found = [answer.coverage for answer in answers if answer.coverage]
    for coverage in found:
        yield from _system(coverage)
    yield (
        f"{plural(len(found), 'pair')} of device mode and configuration; "
        f"tail calls without a target: {_count(found, 'unresolved_tail_calls')}; "
        f"unknown callees: {_count(found, 'unknown_callees')}; "
        f"functions that never return: {_count(found, 'never_return')}; "
        f"conditions of which one side is never taken: {_count(found, 'one_sided')}; "
        f"programs that nothing leads to: {_count(found, 'unattached')}"
    )


def _count(found: Sequence[Coverage], name: str) -> int:
    """Different items over all systems."""
    return len({item for coverage in found for item in getattr(coverage, name)})


def _system(coverage: Coverage) -> Iterator[str]:
    name = f"{coverage.mode}/" if coverage.mode else ""
    state = "" if coverage.stable else " (values in maps did not settle)"
    yield f"== {name}{coverage.configuration}{state}"
    for hook in coverage.hooks:
        yield from _hook(hook)
    for program, entry in coverage.unattached:
        yield f"not reachable: {entry} in {program}: no attachment and no tail call leads to it"
    for one in coverage.unresolved_tail_calls:
        yield f"tail call without a target: {one.place}: {one.function}: {one.text}"
    for one in coverage.unknown_callees:
        yield f"unknown callee: {one.place}: {one.function}: {one.text}"
    for function, place in coverage.never_return:
        yield f"never returns: {function} ({place})"
    for side in coverage.one_sided:
        always = "always true" if side.always else "always false"
        told = f"{always}, being {side.because}" if side.because else always
        yield f"one side only: {side.place}: {side.function}: `{side.condition}` is {told}"
    yield ""


def _hook(hook: HookCoverage) -> Iterator[str]:
    context = hook.hook
    every = len(hook.reached) + len(hook.unreached)
    yield (
        f"{hook.program} under {context.entry} at {context.hook} of {context.device}: "
        f"{len(hook.reached)} of {every} functions reached"
    )
    if hook.unreached:
        yield f"  not reached: {', '.join(hook.unreached)}"
