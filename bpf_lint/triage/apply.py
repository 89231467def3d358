"""The one stage that decides which findings are shown, before every reporter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from bpf_lint.config.nearest import unknown
from bpf_lint.model.finding import Finding, Suppressed
from bpf_lint.triage.baseline import Baseline
from bpf_lint.triage.comments import Suppression, suppressions
from bpf_lint.triage.result import Problem, TriageResult, TriageSettings
from bpf_lint.triage.select import ignored_at, matches

ReadSource = Callable[[str], "str | None"]


def apply(
    findings: Iterable[Finding], settings: TriageSettings, read_source: ReadSource
) -> TriageResult:
    """Split findings into those to show and those not to, by selection, comment and baseline.

    Args:
        findings: What the rules found.
        settings: What the person asked for.
        read_source: Text of a file by its path in the findings, None where there is none.
    """
    triage = _Triage(settings, read_source)
    ordered = sorted(findings, key=lambda f: (f.path, f.line, f.column, f.rule, f.fingerprint))
    for finding in ordered:
        triage.decide(finding)
    return TriageResult(
        tuple(triage.kept), tuple(triage.suppressed), triage.problems(), tuple(triage.decided)
    )


class _Triage:
    """One pass over the findings, with what was used on the way."""

    def __init__(self, settings: TriageSettings, read_source: ReadSource) -> None:
        self.settings = settings
        self.read_source = read_source
        self.kept: list[Finding] = []
        self.suppressed: list[tuple[Finding, str]] = []
        self.decided: list[Suppressed] = []
        self.comments: dict[str, list[Suppression]] = {}
        self.used: set[tuple[str, int, str]] = set()
        self.left = _counts(settings.baseline)

    def decide(self, finding: Finding) -> None:
        """Put a finding with the kept or with the suppressed ones."""
        if reason := self._deselected(finding):
            self.suppressed.append((finding, reason))
        elif reason := self._commented(finding):
            self._decided(finding, "comment", reason)
        elif reason := self._known(finding):
            self._decided(finding, "baseline", reason)
        else:
            self.kept.append(finding)

    def _decided(self, finding: Finding, by: str, reason: str) -> None:
        self.suppressed.append((finding, reason))
        self.decided.append(Suppressed(finding, by, reason))

    def problems(self) -> tuple[Problem, ...]:
        """Malformed and unused suppressions, and baseline entries without a finding."""
        found = []
        if self.settings.honour_ignores:
            for path in self.settings.files:
                self._suppressions(path)
            for path, comments in self.comments.items():
                for comment in comments:
                    found += self._problems_of(path, comment)
        return tuple(sorted(found + self._stale()))

    def _deselected(self, finding: Finding) -> str:
        """Why the rule is not wanted here, "" where it is."""
        settings = self.settings
        if settings.select and not matches(finding.rule, settings.select):
            return "not selected"
        if matches(finding.rule, settings.ignore):
            return "ignored"
        glob = ignored_at(finding.path, finding.rule, settings.per_path)
        return f"ignored below {glob}" if glob else ""

    def _commented(self, finding: Finding) -> str:
        """Why a comment at the call, or at the macro that spells it, silences the finding."""
        if not self.settings.honour_ignores:
            return ""
        reason = ""
        for path, line in _places(finding):
            for comment in self._suppressions(path):
                if comment.covers(finding.rule, line):
                    self.used.add((path, comment.line, finding.rule))
                    reason = reason or f"{path}:{comment.line}: {comment.reason}"
        return reason

    def _known(self, finding: Finding) -> str:
        """Whether the baseline has one more finding of this fingerprint."""
        if self.left[finding.fingerprint] <= 0:
            return ""
        self.left[finding.fingerprint] -= 1
        return "in the baseline"

    def _suppressions(self, path: str) -> list[Suppression]:
        """Suppressions of a file, read once."""
        if path not in self.comments:
            self.comments[path] = suppressions(self.read_source(path) or "")
        return self.comments[path]

    def _problems_of(self, path: str, comment: Suppression) -> list[Problem]:
        """What is wrong with one suppression."""
        if comment.error:
            return [Problem(path, comment.line, "malformed", comment.error)]
        settings, found = self.settings, []
        for rule in comment.rules:
            if settings.known_rules and rule not in settings.known_rules:
                text = f"suppression: {unknown('rule', rule, settings.known_rules)}"
                found.append(Problem(path, comment.line, "unknown-rule", text))
            elif self._unused(path, comment, rule):
                text = f"unused suppression of {rule}: nothing is reported here"
                found.append(Problem(path, comment.line, "unused", text))
        return found

    def _unused(self, path: str, comment: Suppression, rule: str) -> bool:
        """True where the suppression silenced nothing in a run that saw everything."""
        return self._looked(path, rule) and (path, comment.line, rule) not in self.used

    def _looked(self, path: str, rule: str) -> bool:
        """True where every finding of the rule in the file would have been seen."""
        settings = self.settings
        wanted = not settings.select or matches(rule, settings.select)
        silent = matches(rule, settings.ignore) or ignored_at(path, rule, settings.per_path)
        ran = settings.ran is None or rule in settings.ran
        return settings.complete and wanted and ran and not silent

    def _stale(self) -> list[Problem]:
        """Baseline entries that no finding matched."""
        baseline = self.settings.baseline
        return [
            Problem(entry.path, 0, "stale-baseline", _stale_text(entry.rule, entry.function, left))
            for entry in (baseline.findings if baseline else ())
            if (left := self.left[entry.fingerprint]) > 0 and self._looked(entry.path, entry.rule)
        ]


def _stale_text(rule: str, function: str, count: int) -> str:
    """One line about a baseline entry that no longer matches."""
    place = f" in {function}" if function else ""
    return f"baseline knows {count} more of {rule}{place} than there are; write it again"


def _counts(baseline: Baseline | None) -> Counter[str]:
    """How many findings of each fingerprint the baseline knows."""
    counts: Counter[str] = Counter()
    for entry in baseline.findings if baseline else ():
        counts[entry.fingerprint] += entry.count
    return counts


def _places(finding: Finding) -> list[tuple[str, int]]:
    """Where a suppression of the finding can stand: the call, and the macro that spells it."""
    places = [(finding.path, finding.line)]
    path, _, rest = finding.spelling.partition(":")
    line = rest.partition(":")[0]
    if path and line.isdigit():
        places.append((path, int(line)))
    return places
