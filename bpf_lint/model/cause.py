"""Causes of findings: one number that is wrong for one reason, whatever calls it is given to."""

from __future__ import annotations

import hashlib

from bpf_lint.model.finding import Finding


def cause_of(finding: Finding, reason: str) -> str:
    """A digest of 32 hex digits that findings with one cause share; no line numbers.

    Args:
        finding: With its contexts in order: the first one counts.
        reason: What the rule says is wrong with the number, whichever the call; "" where the rule
            is about the call: then findings of one function that say the same have one cause.
    """
    parts = _number(finding) if reason else ()
    parts = (reason, *parts) if parts else (finding.rule, *_call(finding))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def _number(finding: Finding) -> tuple[str, ...]:
    """Which number it is, and where it means something else; () where nobody knows."""
    first = finding.occurrences[0] if finding.occurrences else None
    if first is None or first.target is None or not first.target.netns:
        return ()
    target = first.target
    travelled = "kept" if target.kept else ""
    name = target.device or target.symbol or target.origin
    before = (first.earlier.rule,) if first.earlier else ()
    return (target.netns, name, travelled, first.hook.hook, first.hook.skb_netns, *before)


def _call(finding: Finding) -> tuple[str, ...]:
    return (finding.path, finding.function, finding.message)
