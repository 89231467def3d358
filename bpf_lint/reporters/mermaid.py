"""A finding as a Mermaid diagram: from the hook to the redirect, namespaces as boxes."""

from __future__ import annotations

import re

from bpf_lint.model.finding import Occurrence, Step
from bpf_lint.reporters.common import flat, step_text

MOST_HOPS = 5
MOST_TEXT = 60

_MAP = re.compile(r"\bmap (\S+)")


def diagram(occurrence: Occurrence, site: str) -> list[str]:
    """Lines of a flowchart; `site` is what stands in the box of the call."""
    own = occurrence.hook.skb_netns or "unknown"
    target = occurrence.target
    foreign = target.netns if target is not None else ""
    lines = ["flowchart LR", *_own(occurrence, site, own)]
    if target is None or not foreign:
        return lines
    origin = f"    origin[{label(f'{target.origin}<br>{_place(target.path, target.line)}')}]"
    if foreign == own:
        return [*lines, origin[2:], "  origin -. ifindex .-> site"]
    store = next((step for step in reversed(target.steps) if step.kind == "map_store"), None)
    lines += [f"  subgraph other[{label(f'netns {foreign}')}]", origin]
    if store is None:
        return [*lines, "  end", "  origin -. ifindex .-> site", f"  style site {LOST}"]
    name = _MAP.search(store.text)
    writer = f"{store.text.split(',')[0]}<br>{_place(store.path, store.line)}"
    lines += [f"    writer[{label(writer)}]", "    origin --> writer", "  end"]
    lines += [f"  map[({label(f'map {name[1]}' if name else 'map')})]"]
    return [*lines, "  writer -. stores .-> map -. ifindex .-> site", f"  style site {LOST}"]


LOST = "stroke:#d1242f,stroke-width:3px"


def _own(occurrence: Occurrence, site: str, netns: str) -> list[str]:
    """The box of the namespace of `skb->dev`: entry, tail calls, the call."""
    hook = occurrence.hook
    lines = [f"  subgraph own[{label(f'netns {netns}: skb->dev = {hook.device}')}]"]
    lines.append(f"    hook([{label(f'{hook.hook} of {hook.device}<br>{hook.entry}')}])")
    hops = _hops(occurrence.trace)
    lines += [f"    hop{number}[{label(text)}]" for number, text in enumerate(hops)]
    lines.append(f"    site[{label(site)}]")
    names = ["hook", *(f"hop{number}" for number in range(len(hops))), "site"]
    for step in occurrence.after[-1:]:
        lines.append(f"    lost[{label(f'{step.text}<br>{_place(step.path, step.line)}')}]")
        names.append("lost")
    lines += [f"    {' --> '.join(names)}", "  end"]
    return [*lines, f"  style lost {LOST}"] if occurrence.after else lines


def _hops(trace: tuple[Step, ...]) -> list[str]:
    """The tail calls on the way, the last ones of many."""
    hops = [
        f"{step_text(step).split(';')[0]}<br>{_place(step.path, step.line)}"
        for step in trace
        if step.kind == "tail_call"
    ]
    if len(hops) <= MOST_HOPS:
        return hops
    return [f"{len(hops) - MOST_HOPS} tail calls", *hops[-MOST_HOPS:]]


def _place(path: str, line: int) -> str:
    """A place with the file's name only."""
    return f"{path.rsplit('/', 1)[-1]}:{line}" if path else ""


def label(text: str) -> str:
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
