"""What an editor shows of a tree: findings, what is attached where, and whose each number is."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from bpf_lint.config.catalogue import shipped_rules
from bpf_lint.model.addresses import page_of_rule
from bpf_lint.model.context import HookContext
from bpf_lint.model.finding import Finding
from bpf_lint.model.journey import Exit, Jump, Passage
from bpf_lint.pipeline.planning import prepare
from bpf_lint.pipeline.request import Request, silent
from bpf_lint.pipeline.stages import not_analysed, stages
from bpf_lint.pipeline.summary import result_of
from bpf_lint.pipeline.triage import report


class Remark(msgspec.Struct, frozen=True, order=True):
    """What is known of a line, 1-based; paths are relative to the root of the snapshot."""

    path: str
    line: int
    texts: tuple[str, ...]


class Snapshot(msgspec.Struct, frozen=True):
    """A tree at one time.

    Args:
        root: Folder that paths start from.
        calls: Redirects, with what is known of their numbers in each context.
        entries: Functions that are attached, with where.
        jumps: Tail calls.
        problems: What was not analysed, and what is wrong with suppressions.
        pages: Addresses of the rules' pages.
    """

    root: str
    findings: tuple[Finding, ...] = ()
    calls: tuple[Remark, ...] = ()
    entries: tuple[Remark, ...] = ()
    jumps: tuple[Jump, ...] = ()
    problems: tuple[str, ...] = ()
    pages: dict[str, str] = {}


def snapshot(request: Request) -> Snapshot:
    """Analyse a tree for an editor.

    Raises:
        InputError: Something in the request cannot be used.
    """
    setup = prepare(request)
    done = stages(setup, silent, passages=True)
    outcome = report(setup, result_of(setup, done.parsed, done.answers))
    passages = sorted({one for answer in done.answers for one in answer.passages})
    findings = outcome.report.findings
    shipped = shipped_rules()
    rules = sorted({one.rule for one in findings} & shipped)
    return Snapshot(
        outcome.root,
        findings,
        tuple(_calls(passages)),
        tuple(_entries(passages)),
        tuple(sorted({one for answer in done.answers for one in answer.jumps})),
        (*not_analysed(setup, done), *map(str, outcome.problems)),
        {name: page_of_rule(name) for name in rules},
    )


def _entries(passages: Iterable[Passage]) -> list[Remark]:
    """By place of the function, where it is attached."""
    found: dict[tuple[str, int], dict[str, None]] = {}
    for one in passages:
        place = (one.place.path, one.place.line)
        found.setdefault(place, {})[where(one.hook)] = None
    return sorted(Remark(*place, tuple(texts)) for place, texts in found.items())


def _calls(passages: Iterable[Passage]) -> list[Remark]:
    """By place of the call, what its number is in each context."""
    found: dict[tuple[str, int], dict[str, None]] = {}
    for one in passages:
        for way in one.exits:
            if way.verdict == "redirect":
                texts = found.setdefault((way.place.path, way.place.line), {})
                texts[f"{where(one.hook)}: {number(way, one.hook)}"] = None
    return sorted(Remark(*place, tuple(texts)) for place, texts in found.items())


def where(hook: HookContext) -> str:
    """Mode, hook, device and namespace: `veth: tc-ingress of lxc (veth), host`."""
    mode = f"{hook.mode}: " if hook.mode else ""
    kind = f" ({hook.device_kind})" if hook.device_kind not in ("", hook.device) else ""
    return f"{mode}{hook.hook} of {hook.device}{kind}, {hook.skb_netns}"


def number(way: Exit, hook: HookContext) -> str:
    """What a redirect's number is, and whether it means something there."""
    if not way.symbol:
        return f"bpf_{way.helper}() with a number of unknown origin"
    device = f" ({way.device})" if way.device else ""
    kept = f", kept in the map {way.kept}" if way.kept else ""
    text = f"bpf_{way.helper}({way.symbol}), a number of {way.netns or 'unknown'}{device}{kept}"
    if way.netns and way.netns != hook.skb_netns and way.helper != "redirect_map":
        text += f"; looked up in {hook.skb_netns}, where it means another device or none"
    return text
