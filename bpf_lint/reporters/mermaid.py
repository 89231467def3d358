"""A finding as a Mermaid diagram: from the hook to the redirect, namespaces as boxes."""

from __future__ import annotations

from bpf_lint.model.finding import Occurrence, Step
from bpf_lint.reporters.common import flat

MOST_HOPS = 5
MOST_TEXT = 60


def diagram(occurrence: Occurrence, site: str) -> list[str]:
    """Lines of a flowchart; `site` is what stands in the box of the call."""
    own = occurrence.hook.skb_netns or "unknown"
    target = occurrence.target
    foreign = target.netns if target is not None and target.netns else ""
    lines = ["flowchart LR", *_own(occurrence, site, own)]
    if target is None or not foreign:
        return lines
    if foreign == own:
        return [*lines, f"  origin[{_text(target.origin)}] -.-> call"]
    lines += [f"  subgraph other[{_text(f'netns {foreign}')}]"]
    lines += [f"    origin[{_text(f'{target.origin}<br>{_place(target.path, target.line)}')}]"]
    lines += ["  end"]
    return [*lines, *_journey(target.steps), f"  style call {LOST}"]


LOST = "stroke:#d1242f,stroke-width:3px"


def _own(occurrence: Occurrence, site: str, netns: str) -> list[str]:
    """The box of the namespace of `skb->dev`: entry, tail calls, the call."""
    hook = occurrence.hook
    lines = [f"  subgraph own[{_text(f'netns {netns}: skb->dev = {hook.device}')}]"]
    lines.append(f"    hook([{_text(f'{hook.hook} of {hook.device}<br>{hook.entry}')}])")
    hops = _hops(occurrence.trace)
    lines += [f"    hop{number}[{_text(text)}]" for number, text in enumerate(hops)]
    lines.append(f"    call[{_text(site)}]")
    names = ["hook", *(f"hop{number}" for number in range(len(hops))), "call"]
    return [*lines, f"    {' --> '.join(names)}", "  end"]


def _hops(trace: tuple[Step, ...]) -> list[str]:
    """The tail calls on the way, the last ones of many."""
    hops = [
        f"tail call<br>{step.text}<br>{_place(step.path, step.line)}"
        for step in trace
        if step.kind == "tail_call"
    ]
    return (
        hops
        if len(hops) <= MOST_HOPS
        else [f"{len(hops) - MOST_HOPS} tail calls", *hops[-MOST_HOPS:]]
    )


def _journey(steps: tuple[Step, ...]) -> list[str]:
    """How the number gets from its origin to the call: through a map, or directly."""
    stores = [step for step in steps if step.kind == "map_store"]
    if not stores:
        return ["  origin -. ifindex .-> call"]
    step = stores[-1]
    text = _text(f"{step.text}<br>{_place(step.path, step.line)}")
    return [f"  map[({text})]", "  origin -. ifindex .-> map -. ifindex .-> call"]


def _place(path: str, line: int) -> str:
    """A place with the file's name only."""
    return f"{path.rsplit('/', 1)[-1]}:{line}" if path else ""


def _text(text: str) -> str:
    """A quoted label; what Mermaid would read as syntax or markup is an entity."""
    lines = [_cut(flat(part)) for part in text.split("<br>")]
    return '"' + "<br>".join(_escape(line) for line in lines if line) + '"'


def _cut(text: str) -> str:
    """A text short enough for a box."""
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"


def _escape(text: str) -> str:
    """Mermaid's entities for everything but letters, digits and plain punctuation."""
    plain = " _-.,:/()=+*…"
    return "".join(c if c.isalnum() or c in plain else f"#{ord(c)};" for c in text)
