"""Rules by glob: which ones run, and which ones are not reported where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

from bpf_lint.config.nearest import suggest
from bpf_lint.config.rule_schema import Rule
from bpf_lint.config.user_schema import PathSettings
from bpf_lint.triage.errors import TriageError


def selected_rules(
    rules: Mapping[str, Rule], select: Sequence[str], ignore: Sequence[str]
) -> frozenset[str]:
    """Ids of the rules to run: the stable ones, or those that `select` names, less `ignore`.

    Globs stand for no rule that is for `--what-if` alone; its name does.

    Raises:
        TriageError: A glob matches no rule; the message has a near match.
    """
    check_globs([*select, *ignore], rules)
    if select:
        chosen = {
            rule
            for rule, data in rules.items()
            if rule in select or (data.status != "what-if" and matches(rule, select))
        }
    else:
        chosen = {rule for rule, data in rules.items() if data.status == "stable"}
    return frozenset(rule for rule in chosen if not matches(rule, ignore))


def check_globs(globs: Iterable[str], known: Iterable[str]) -> None:
    """Refuse globs that match no known rule.

    Raises:
        TriageError: With the glob and a near match.
    """
    names = sorted(known)
    for glob in globs:
        if names and (why := without_rule(glob, names)):
            raise TriageError(why)


def without_rule(glob: str, known: Iterable[str]) -> str:
    """What is wrong with a glob that matches no rule, with a near match; "" where one does."""
    names = sorted(known)
    found = any(fnmatchcase(name, glob) for name in names)
    return "" if found else f'no rule matches "{glob}"{suggest(glob, names)}'


def matches(rule: str, globs: Iterable[str]) -> bool:
    """True where one of the globs matches the rule's id."""
    return any(fnmatchcase(rule, glob) for glob in globs)


def ignored_at(path: str, rule: str, settings: Iterable[PathSettings]) -> str:
    """The path glob that silences the rule at a path, "" for none."""
    for entry in settings:
        if matches(rule, entry.ignore) and path_matches(path, entry.path):
            return entry.path
    return ""


def path_matches(path: str, glob: str) -> bool:
    """True where a glob matches the path or a folder above it; `*` stays inside a folder."""
    return _compiled(glob.strip("/")).fullmatch(path) is not None


@lru_cache(maxsize=256)
def _compiled(glob: str) -> re.Pattern[str]:
    """A path glob as a regular expression."""
    tokens = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    return re.compile("".join(tokens.get(part, re.escape(part)) for part in parts) + "(?:/.*)?")
