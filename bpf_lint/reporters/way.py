"""The steps of a finding's way that matter: where the number comes from, and the packet goes."""

from __future__ import annotations

import msgspec

from bpf_lint.model.finding import Occurrence, Step
from bpf_lint.reporters.common import plural


def way(occurrence: Occurrence, most: int) -> tuple[Step, ...]:
    """At most so many steps, in the order of what happens; at least entry and event stay.

    Kept are the source of the number, the last map that it was stored in and read from, the entry,
    the last tail calls, the event, and what makes nothing of it. Steps that only call are folded.
    """
    if not occurrence.trace:
        return ()
    entry, *between = occurrence.trace
    event = between[-1:]
    stored, read = _travel(occurrence)
    hops = [step for step in between[:-1] if step.kind == "tail_call"]
    after = list(occurrence.after[:1])
    if after and after[0].kind != "lost":  # which says where it is lost by itself
        after += occurrence.after[1:2]
    fixed = 1 + len(read) + len(event) + len(after)
    if len(stored) > 1 and fixed + len(stored) + min(len(hops), 1) > most:
        stored = stored[1:]  # the store says where the number is from, too
    kept = hops[max(0, len(hops) - max(0, most - fixed - len(stored))) :]
    return (*stored, entry, *_after(len(hops) - len(kept), [*kept, *read, *event, *after]))


def _travel(occurrence: Occurrence) -> tuple[list[Step], list[Step]]:
    """The number's source and the last store of it, before the packet; its last read, after."""
    steps = occurrence.target.steps if occurrence.target else ()
    stores = [at for at, step in enumerate(steps) if step.kind == "map_store"]
    begin = stores[-1] + 1 if stores else 0
    before = [step for step in steps[:begin] if step.kind == "assign"][:1] + list(
        steps[begin - 1 : begin] if stores else ()
    )
    after = [step for step in steps[begin:] if step.kind in ("map_load", "assign")][:1]
    last = occurrence.trace[-1]
    # A number that is named in the call itself: the call says so.
    return before, [step for step in after if (step.path, step.line) != (last.path, last.line)]


def _after(folded: int, steps: list[Step]) -> list[Step]:
    """The steps, the first of which says how many tail calls are left out before it."""
    if not folded or not steps:
        return steps
    first = steps[0]
    text = f"after {plural(folded, 'tail call')}: {first.text}"
    return [msgspec.structs.replace(first, text=text), *steps[1:]]
