"""A sweep: the reports about a fleet, what is said of them, and what has changed since the last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from bpf_lint.files.reading import read
from bpf_lint.pipeline import Request
from bpf_lint.survey.clones import Clones
from bpf_lint.survey.engine import Asked, Engine
from bpf_lint.survey.fleet import Fleet, Judgement, Tree
from bpf_lint.survey.job import Outcome, Sighting
from bpf_lint.survey.state import WHOLE, Part, Terms, state
from bpf_lint.triage.errors import TriageError
from bpf_lint.triage.objects import Content
from bpf_lint.triage.revision import CONFIGURATION

STAGE = "analysing"
TRUE, FALSE, OPEN = "true", "false", "not judged"
_CONFIG = ".bpf-lint-sweep.toml"  # at the root of a state


class Reported(msgspec.Struct, frozen=True):
    """A report and what is said of it.

    Args:
        site: "PATH:LINE", from the analysed folder.
        verdict: "true", "false" or "not judged".
        news: "new" since the last sweep, "judged" where the verdict is, "" else.
    """

    site: str
    sighting: Sighting
    verdict: str
    why: str = ""
    news: str = ""


class Gone(msgspec.Struct, frozen=True):
    """A report that is there no more: one that was judged, or that the last sweep had."""

    rule: str
    site: str
    verdict: str
    why: str = ""


class Swept(msgspec.Struct, frozen=True):
    """One tree.

    Args:
        commit: Full hash, "" where there is none.
        problems: What was not analysed, or is not as the fleet says, one line each.
        failed: Why nothing is known of it, "" where something is.
    """

    name: str
    repository: str
    commit: str
    folder: str
    kind: str = ""
    programs: int = 0
    analysed: int = 0
    profile: str = ""
    judged: str = ""
    reports: tuple[Reported, ...] = ()
    gone: tuple[Gone, ...] = ()
    problems: tuple[str, ...] = ()
    failed: str = ""


class Sweep(msgspec.Struct, frozen=True):
    """All trees, in the fleet's order.

    Args:
        compared: True where there was a sweep to compare with.
    """

    trees: tuple[Swept, ...]
    compared: bool = False

    @property
    def whole(self) -> bool:
        """True where everything was analysed as the fleet says."""
        return not any(one.failed or one.problems for one in self.trees)

    @property
    def settled(self) -> bool:
        """True where every report is judged, and none that was is missing."""
        reports = [one for tree in self.trees for one in tree.reports]
        left = any(one.verdict == OPEN or one.news == "new" for one in reports)
        return not (left or any(tree.gone for tree in self.trees))


def sweep(
    fleet: Fleet,
    beside: Path,
    clones: Clones,
    request: Request,
    terms: Terms,
    engine: Engine,
    last: Sweep | None = None,
) -> Sweep:
    """Analyse a fleet.

    Args:
        beside: Folder that names of configuration files start from.
        request: What is asked of every tree; it has no paths.
        last: What to compare with.
    """
    asked: list[Asked | None] = []
    commits: list[str] = []
    failed: list[str] = []
    for tree in fleet.trees:
        try:
            own = request.select or tuple(tree.select or fleet.select)
            chosen = msgspec.structs.replace(request, select=own)
            commit, state_ = _asked(tree, beside, clones, chosen, terms)
            asked, commits, failed = [*asked, state_], [*commits, commit], [*failed, ""]
        except (TriageError, OSError) as error:
            asked, commits, failed = [*asked, None], [*commits, ""], [*failed, str(error)]
    outcomes = engine.outcomes([one for one in asked if one], STAGE)
    known = {one.name: one for one in last.trees} if last else {}
    found = []
    for tree, one, commit, why in zip(fleet.trees, asked, commits, failed, strict=True):
        outcome = outcomes[one.key] if one else Outcome(failed=why)
        before = known.get(tree.title)
        found.append(_swept(tree, commit, outcome, before, last is not None))
    return Sweep(tuple(found), last is not None)


def _asked(
    tree: Tree, beside: Path, clones: Clones, request: Request, terms: Terms
) -> tuple[str, Asked]:
    """The commit and the state of a tree.

    Raises:
        TriageError: No clone has it.
        OSError: Its configuration cannot be read.
    """
    clone, commit = clones.having(tree.repository, tree.commit)
    above = {f"{place}/{name}" for place in _above(tree.folder) for name in CONFIGURATION}
    paths = (*tree.paths, *above, *CONFIGURATION) if tree.paths else (tree.folder, *CONFIGURATION)
    headers = () if tree.paths else (WHOLE,)
    parts = [Part(clone, commit, tuple(sorted(set(paths))), headers, tuple(tree.without))]
    for one in tree.submodules:
        other, found = clones.having(one.repository, one.commit)
        whole = () if one.paths else (WHOLE,)
        parts.append(Part(other, found, tuple(one.paths), whole, tuple(one.without), one.path))
    added = [Content(_CONFIG, "100644", read(beside / tree.config))] if tree.config else []
    own = msgspec.structs.replace(
        request,
        paths=(tree.folder,),
        config=_CONFIG if tree.config else "",
        profile=tree.profile,
        no_baseline=True,
        cache=None,
        jobs=1,
    )
    return commit, state(parts, own, added, terms)


def _above(folder: str) -> Iterator[str]:
    """A folder, and those above it."""
    while folder not in ("", "."):
        yield folder
        folder = folder.rpartition("/")[0]


def _swept(
    tree: Tree, commit: str, outcome: Outcome, before: Swept | None, compared: bool
) -> Swept:
    reports = list(_reports(tree, outcome, before, compared))
    return Swept(
        tree.title,
        tree.repository,
        commit,
        tree.folder,
        tree.kind,
        outcome.programs,
        outcome.analysed,
        outcome.profile,
        outcome.judged,
        tuple(reports),
        tuple(_gone(tree, outcome, reports, before)) if not outcome.failed else (),
        tuple(_problems(tree, outcome)),
        outcome.failed,
    )


def _reports(
    tree: Tree, outcome: Outcome, before: Swept | None, compared: bool
) -> Iterator[Reported]:
    known = {one.sighting.fingerprint: one.verdict for one in before.reports} if before else {}
    for one in outcome.findings:
        site = _site(one, tree.folder)
        said = next((each for each in tree.judged if _about(each, one, site)), None)
        verdict = _verdict(said) if said else OPEN
        news = ""
        if compared and one.fingerprint not in known:
            news = "new"
        elif compared and known[one.fingerprint] != verdict:
            news = "judged"
        yield Reported(site, one, verdict, " ".join(said.why.split()) if said else "", news)


def _verdict(said: Judgement) -> str:
    return TRUE if said.right else FALSE


def _about(said: Judgement, one: Sighting, site: str) -> bool:
    if said.rule != one.rule:
        return False
    return said.fingerprint == one.fingerprint if said.fingerprint else said.site == site


def _site(one: Sighting, folder: str) -> str:
    below = "" if folder == "." else f"{folder}/"
    return f"{one.path.removeprefix(below)}:{one.line}"


def _gone(
    tree: Tree, outcome: Outcome, reports: Sequence[Reported], before: Swept | None
) -> Iterator[Gone]:
    """Judged reports that are not there, then those of the last sweep."""
    told = set()
    for said in tree.judged:
        if not any(_about(said, one.sighting, one.site) for one in reports):
            told.add((said.rule, said.site))
            why = " ".join(said.why.split())
            yield Gone(said.rule, said.site or said.fingerprint, _verdict(said), why)
    there = outcome.fingerprints()
    for old in before.reports if before else ():
        key = (old.sighting.rule, old.site)
        if old.sighting.fingerprint not in there and key not in told:
            yield Gone(*key, old.verdict, old.why)


def _problems(tree: Tree, outcome: Outcome) -> Iterator[str]:
    if outcome.failed:
        return
    if tree.profile and outcome.profile != tree.profile:
        yield f"profile {outcome.profile}, not {tree.profile}"
    if tree.programs is None:
        yield from outcome.skipped
    elif outcome.analysed != tree.programs:
        yield f"{outcome.analysed} programs analysed, not {tree.programs}"
        yield from outcome.skipped
