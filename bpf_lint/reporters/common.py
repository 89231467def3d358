"""What several formats share: order, counts, safe text and grouped contexts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from bpf_lint.config.rule_schema import Rule
from bpf_lint.model.finding import Finding, Occurrence, Step, Summary, Tested
from bpf_lint.model.printable import safe, show_hidden
from bpf_lint.reporters.options import Options

MOST_ENTRIES = 6
NOTHING_UNKNOWN = "no redirect has an ifindex of unknown origin"
SEVERITIES = ("error", "warning", "note")


def flat(text: str) -> str:
    """The text on one line, safe, white space folded."""
    return " ".join(show_hidden(text).split())


def place(path: str, *numbers: int) -> str:
    """`path:line:column`; a line end in the path is shown."""
    return safe(":".join([path, *map(str, numbers)]))


def plural(count: int, noun: str) -> str:
    """A count with its noun: "1 finding", "2 findings"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Findings by place, then rule: the order of every format for people."""
    return sorted(findings, key=place_key)


def place_key(finding: Finding) -> tuple[str, int, int, str, str]:
    """Sort key of a finding by place."""
    return (finding.path, finding.line, finding.column, finding.rule, finding.fingerprint)


def most_severe_first(findings: Iterable[Finding]) -> list[Finding]:
    """Findings by severity, then place: the order where a format has limits."""
    return sorted(findings, key=lambda f: (severity_rank(f.severity), place_key(f)))


def severity_rank(severity: str) -> int:
    """0 for an error; unknown severities come last."""
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def title(finding: Finding, rules: Options) -> str:
    """One line that names the mistake: the rule's title, else the message's first sentence."""
    rule: Rule | None = rules.rules.get(finding.rule)
    if rule is not None:
        return flat(rule.title)
    return flat(re.split(r"(?<=[.!?])\s", finding.message.strip(), maxsplit=1)[0]).rstrip(".")


def fact(finding: Finding, rules: Options) -> str:
    """One line that says what is wrong at this call; the title where the rule has no words."""
    return flat(finding.fact) or title(finding, rules)


def modes_of(findings: Iterable[Finding]) -> list[str]:
    """Device modes of the findings' contexts, sorted."""
    return sorted({o.hook.mode for f in findings for o in f.occurrences if o.hook.mode})


def modes_run(summary: Summary) -> list[str]:
    """Device modes of the analysed programs, sorted."""
    return sorted({unit.mode for unit in summary.units if unit.mode})


def configurations_run(summary: Summary) -> list[str]:
    """Configurations of the analysed programs, sorted."""
    return sorted({unit.configuration for unit in summary.units if unit.configuration})


def where(occurrence: Occurrence) -> str:
    """Hook, device and namespace of a context, in one clause."""
    hook = occurrence.hook
    kind = f" ({hook.device_kind})" if hook.device_kind and hook.device_kind != hook.device else ""
    mode = f"{hook.mode}: " if hook.mode else ""
    return f"{mode}{hook.hook} of {hook.device}{kind}, skb->dev in netns {hook.skb_netns}"


def group_label(occurrence: Occurrence) -> str:
    """A context without its configuration, in one line."""
    return f"{where(occurrence)}, entry {occurrence.hook.entry} of {safe(occurrence.hook.program)}"


def group_contexts(occurrences: Iterable[Occurrence]) -> list[tuple[str, list[Occurrence]]]:
    """Contexts under one line each: same entry, hook, device and namespace, any configuration."""
    groups: dict[str, list[Occurrence]] = {}
    for occurrence in occurrences:
        groups.setdefault(group_label(occurrence), []).append(occurrence)
    return list(groups.items())


def contexts(finding: Finding) -> tuple[Occurrence, ...]:
    """A finding's contexts; first, of those that its message fits, the one with fewest macros."""
    if not finding.occurrences:
        return ()
    told = finding.occurrences[0]
    fitting = [
        one
        for one in finding.occurrences
        if group_label(one) == group_label(told) and origin_text(one) == origin_text(told)
    ]
    first = min(fitting, key=lambda one: len(one.defines))
    return (first, *(one for one in finding.occurrences if one is not first))


def more_contexts(occurrences: Sequence[Occurrence]) -> list[str]:
    """What the contexts after the first one add: hooks and configurations, a line for each hook."""
    first, others = occurrences[0], occurrences[1:]
    lines = []
    for label, members in group_contexts(others):
        names = {one.hook.configuration or "default" for one in members}
        if label != group_label(first):
            lines.append(f"also {label} [{', '.join(sorted(names))}]")
        elif names := names - {first.hook.configuration or "default"}:
            lines.append(f"also there in configuration {', '.join(sorted(names))}")
    return lines


def more_origins(occurrences: Sequence[Occurrence]) -> list[str]:
    """Origins of the contexts after the first one, where they are others, each once."""
    texts = dict.fromkeys(origin_text(one) for one in occurrences)
    return [text for text in texts if text and text != origin_text(occurrences[0])]


_UNLESS = "unless "  # of an option of a profile that turns off what its macro turns on

Ordinary = Mapping[tuple[str, str], frozenset[str]]


def ordinary_defines(summary: Summary) -> Ordinary:
    """By program and mode, the macros that are the same in all of its several configurations."""
    flags: dict[tuple[str, str], list[frozenset[str]]] = {}
    for unit in summary.units:
        flags.setdefault((unit.path, unit.mode), []).append(frozenset(unit.flags))
    return {key: frozenset.intersection(*own) for key, own in flags.items() if len(own) > 1}


def defines_text(occurrence: Occurrence, ordinary: Ordinary | None = None) -> list[str]:
    """Macros of a context as a person writes them, sorted; without those that do not matter."""
    hook = occurrence.hook
    common = (ordinary or {}).get((hook.program, hook.mode), frozenset())
    return [
        flat(name if value in ("", "1") else f"{name}={value}")
        for name, value in sorted(occurrence.defines.items())
        if f"-D{name}={value}" not in common and (value != "1" or f"-D{name}" not in common)
    ]


def tested_text(occurrence: Occurrence, most: int = 0) -> str:
    """What decides whether the path is there: what a user's option sets, and the last tests first.

    Args:
        most: So many of them, the rest counted; 0 for all.
    """
    last_first = occurrence.tested[::-1]
    told = [one for one in last_first if one.option] + [o for o in last_first if not o.option]
    shown = told[:most] if most and len(told) > most else told
    more = f" and {len(told) - len(shown)} more" if len(told) > len(shown) else ""
    return ", ".join(_tested(one) for one in shown) + more


def _tested(one: Tested) -> str:
    value = {"": f"no {one.name}", "1": one.name}.get(one.value, f"{one.name}={one.value}")
    option = _without(one.option) if one.value in ("", "0") and one.option else one.option
    return flat(value + (f" ({option})" if option else ""))


def _without(option: str) -> str:
    """What a user does not set, in the words for what is set: "unless X" becomes "X"."""
    return option.removeprefix(_UNLESS) if option.startswith(_UNLESS) else f"without {option}"


def elsewhere_text(occurrence: Occurrence) -> str:
    """Where the same device is redirected to rightly, "" where it is nowhere."""
    right = occurrence.elsewhere
    if right is None:
        return ""
    how = " " if right.kind == "guarded" else ", by "
    return f"{place(right.path, right.line)}{how}{flat(right.text)}"


def origin_text(occurrence: Occurrence) -> str:
    """Which ifindex the call names, and whose it is."""
    target = occurrence.target
    if target is None:
        return ""
    where = f" ({place(target.path, target.line)})" if target.path else ""
    return flat(f"{target.origin}, an ifindex of netns {target.netns or 'unknown'}{where}")


def step_text(step: Step) -> str:
    """What a step does, after its kind where the text does not begin with it."""
    kind = step.kind.replace("_", " ")
    text = step.text.strip()
    return flat(text if text.lower().startswith(kind) else f"{kind}: {text}")


def hidden_text(summary: Summary) -> str:
    """What is not reported since somebody has decided about it: " (6 known, 1 suppressed)"."""
    parts = [
        *([f"{summary.known} known"] if summary.known else []),
        *([f"{summary.suppressed} suppressed"] if summary.suppressed else []),
    ]
    return f" ({', '.join(parts)})" if parts else ""


def judged_line(summary: Summary, *, listed: bool = False) -> str:
    """What was judged and what was not, in one line: the last one of every format.

    Args:
        listed: The report lists what is of unknown origin; else the line says what does.
    """
    judged = summary.judged
    how = "" if listed else " (see --show-unknown)"
    known = judged.redirects - judged.unknown - judged.unattached
    parts = [
        f"{known} judged",
        *([f"{judged.unknown} of unknown origin{how}"] if judged.unknown else []),
        *([f"{judged.unattached} reached from no hook"] if judged.unattached else []),
    ]
    counts = f"{plural(judged.redirects, 'redirect')}: {', '.join(parts)}"
    told = [counts if judged.redirects else "no redirects"]
    told += _left("entry", "entries", judged.entries, "attached nowhere")
    told += _left("program", "programs", judged.uncalled, "in a prog array that no call leads to")
    if summary.unresolved_tail_calls:
        told.append(f"{plural(summary.unresolved_tail_calls, 'tail call')} without a known target")
    if judged.outdated:
        told.append(f"not in this tree, though the profile names it: {_some(judged.outdated)}")
    return flat("; ".join(told))


def _left(noun: str, nouns: str, entries: Sequence[str], why: str) -> list[str]:
    """What redirects packets and nothing runs; the rest of a long list counted."""
    if not entries:
        return []
    names = sorted({one.rpartition(":")[2] for one in entries})
    shown = _some(names)
    return [f"{noun} {shown} is {why}" if len(names) == 1 else f"{nouns} {shown} are {why}"]


def _some(names: Sequence[str]) -> str:
    """The first few names with commas, the others counted."""
    more = f" and {len(names) - MOST_ENTRIES} more" if len(names) > MOST_ENTRIES else ""
    return ", ".join(names[:MOST_ENTRIES]) + more


def verdict_lines(summary: Summary) -> list[str]:
    """Programs that were not analysed, one line each."""
    return [f"{safe(item.path)}: {flat(item.reason)}" for item in sorted(summary.skipped)]
