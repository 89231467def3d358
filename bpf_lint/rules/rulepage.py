"""A rule's page of documentation, made from its rule file and the kernel model."""

from __future__ import annotations

from collections.abc import Iterable

from bpf_lint.config.kernel_schema import Helper, KernelModel
from bpf_lint.config.rule_schema import STAGES, Example, Rule
from bpf_lint.dataflow.results.result import KINDS
from bpf_lint.rules.check import FACT


def render(rule: Rule, kernel: KernelModel) -> str:
    """The Markdown page of a rule, `docs/rules/ID.md`.

    Args:
        rule: The rule.
        kernel: Where the helpers it looks at are described.
    """
    parts = [
        f"# {rule.title}",
        _summary(rule),
        _filled(rule.message, quote=True),
        rule.description,
        "## What the kernel does\n\n" + rule.kernel.strip(),
        _helpers(rule, kernel),
        "## Wrong\n\n" + _example(rule.bad),
        "## Right\n\n" + _example(rule.good),
        "## What to do\n\n" + _filled(rule.suggestion) + _advice(rule),
        _ending(rule),
        "## Limits\n\n" + rule.limits.strip() if rule.limits else "",
        _evidence(rule.evidence),
        _references(rule.references),
        f"<!-- Generated from rules/checks/{rule.id}.toml: edit that file. -->",
    ]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


_STATUS = {
    "stable": "",
    "preview": "; a preview, off by default",
    "what-if": "; for `--what-if`, off by default",
}


def _summary(rule: Rule) -> str:
    calls = _listed(f"`bpf_{name}()`" for name in rule.helpers)
    what = f"calls of {calls}" if calls else _listed(_plural(name) for name in rule.events())
    which = "every one" if rule.when.strip() == "1" else f"`{rule.when.strip()}`"
    return (
        f"`{rule.id}` ({rule.severity}{_STATUS[rule.status]}) looks at {what}. It reports {which}."
    )


def _plural(event: str) -> str:
    return KINDS[event].plural if event in KINDS else event


def _filled(template: str, quote: bool = False) -> str:
    """A message with its facts as Markdown shows them."""
    text = FACT.sub(r"*\1*", template.strip())
    return f"> {text}" if quote else text


def _advice(rule: Rule) -> str:
    """The suggestions for some cases, each with its condition."""
    rows = [f"- `{' '.join(one.when.split())}`: {_filled(one.text)}" for one in rule.advice]
    return "\n\nFirst of these that holds, instead:\n\n" + "\n".join(rows) if rows else ""


def _ending(rule: Rule) -> str:
    """What it makes void, and how that is told."""
    if rule.ending is None:
        return ""
    when = " ".join(rule.ending.when.split())
    later = _listed(f"`{stage}`" for stage in STAGES[rule.at_stage() + 1 :])
    return (
        "## Before other rules\n\n"
        f"Where `{when}`, what rules about a later stage of the call ({later}) report there begins "
        "with this, whether or not this rule is selected:\n\n"
        + _filled(rule.ending.text, quote=True)
    )


def _example(example: Example) -> str:
    return f"{example.caption.strip()}\n\n```c\n{example.code.strip()}\n```"


def _helpers(rule: Rule, kernel: KernelModel) -> str:
    known = [kernel.helpers[name] for name in rule.helpers if name in kernel.helpers]
    if not known:
        return ""
    return "Helpers:\n\n" + "\n".join(_helper(helper) for helper in known)


def _helper(helper: Helper) -> str:
    prototype = " ".join(helper.prototype.split())
    notes = " ".join(helper.notes.split())
    types = f" ({_listed(helper.program_types)} programs)" if helper.program_types else ""
    return f"- `{prototype}`{types}: {notes}"


def _evidence(evidence: list[str]) -> str:
    measured = [name for name in evidence if ":" not in name]
    sources = [name for name in evidence if ":" in name]
    lines = []
    if measured:
        lines.append(
            "Measured on running kernels (`tests/kernel/observations.json` has what was seen): "
            + _listed(f"`{name}`" for name in measured)
            + "."
        )
    if sources:
        lines.append("Kernel sources: " + _listed(f"`{name}`" for name in sources) + ".")
    return "## Evidence\n\n" + "\n\n".join(lines) if lines else ""


def _references(references: list[str]) -> str:
    return "## See also\n\n" + "\n".join(f"- {item}" for item in references) if references else ""


def _listed(items: Iterable[str]) -> str:
    """Items as a sentence lists them."""
    names = list(items)
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)
