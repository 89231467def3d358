"""Findings: what a rule says about one call site, and the contexts that show it."""

from __future__ import annotations

import msgspec

from bpf_lint.model.context import HookContext
from bpf_lint.model.journey import Journey
from bpf_lint.model.proposal import Proposal


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One numbered step of a trace.

    Args:
        kind: "entry", "call", "tail_call", "assign", "map_store", "map_load", "branch",
            "redirect", "fib_lookup", ...
        text: What happens there, in one short sentence.
    """

    kind: str
    path: str
    line: int
    column: int
    text: str


class Target(msgspec.Struct, frozen=True):
    """Where the ifindex of a redirect comes from.

    Args:
        netns: Namespace that gives the number its meaning.
        origin: The symbol, field or helper that the number comes from.
        path: Where the program read it first.
        steps: How it travelled from there to the redirect (stores, maps, loads).
        symbol: Its name in the source, without what it travelled through.
        device: The device that it names, "" where nobody says.
        kept: The shared map that it was read from, "" for none.
    """

    netns: str
    origin: str
    path: str
    line: int
    steps: tuple[Step, ...] = ()
    symbol: str = ""
    device: str = ""
    kept: str = ""


class Tested(msgspec.Struct, frozen=True):
    """A macro or load-time constant that the path tests.

    Args:
        value: As it is configured; "" where it is not defined, "?" where both sides are followed.
        option: What a user sets it with, as the profile says; "" where it does not.
    """

    name: str
    value: str
    option: str = ""


class Earlier(msgspec.Struct, frozen=True):
    """What another rule knows about the same call, and what comes of it before anything else.

    Args:
        rule: Id of that rule, which need not be one of those that report.
        fact, text: What happens, in a few words and in a sentence.
        otherwise: On what condition the finding is so, in a few words.
        advice: What to know before the finding's suggestion, "" for nothing.
    """

    rule: str
    fact: str
    text: str
    otherwise: str
    advice: str = ""


class Occurrence(msgspec.Struct, frozen=True):
    """A finding in one context, with its trace from the entry to the site.

    Args:
        tested: What decides whether the path is there, in the order of the path.
        described: What the configuration is, in the profile's words.
        earlier: What happens to the call before that, and makes it void; None for nothing.
        elsewhere: Where a program of the same namespace as the number redirects to its device,
            of kind "guarded" where a test keeps that from this mode, else "right"; None for none.
        after: What comes after the last step of the trace and makes nothing of it.
    """

    hook: HookContext
    target: Target | None
    defines: dict[str, str]
    trace: tuple[Step, ...]
    assumptions: tuple[str, ...] = ()
    tested: tuple[Tested, ...] = ()
    described: str = ""
    earlier: Earlier | None = None
    after: tuple[Step, ...] = ()
    elsewhere: Step | None = None


class Argument(msgspec.Struct, frozen=True):
    """The argument of a call that is wrong: its place, 1-based, and its first line of source."""

    path: str
    line: int
    column: int
    text: str


class Finding(msgspec.Struct, frozen=True):
    """What one rule reports at one call site; contexts hang under it.

    Args:
        rule: Id of the rule.
        severity: "error", "warning" or "note".
        confidence: "high" where every branch on the path is decided or free, else "medium".
        path, line, column: The call site, 1-based.
        function: Function that holds the site.
        message, suggestion: Text from the rule file, filled in.
        statement: The source line of the site, white space folded.
        fingerprint: Hex digest of rule, path, function, statement and modes; no line numbers.
        spelling: `path:line:column` of the call's own token when a macro spelt it, else "".
        fact: What is wrong there, in half a line; "" where the rule has no words for it.
        argument: The argument that is wrong, None where it is not known.
        cause: Digest that findings with one cause share (`model/cause.py`).
    """

    rule: str
    severity: str
    confidence: str
    path: str
    line: int
    column: int
    function: str
    message: str
    suggestion: str
    statement: str
    fingerprint: str
    occurrences: tuple[Occurrence, ...]
    spelling: str = ""
    fact: str = ""
    argument: Argument | None = None
    cause: str = ""


class Skipped(msgspec.Struct, frozen=True, order=True, omit_defaults=True):
    """A program that could not be analysed as a whole, and why.

    Args:
        part: True where the rest of it was analysed.
    """

    path: str
    reason: str
    part: bool = False


class Cause(msgspec.Struct, frozen=True, order=True):
    """Why programs were not analysed as a whole.

    Args:
        remedy: What to do about it, "" where there is nothing to say.
        programs: Their paths, sorted.
    """

    text: str
    remedy: str
    programs: tuple[str, ...]


class UnitRecord(msgspec.Struct, frozen=True, order=True):
    """What was parsed: a program with the flags as clang takes them from the report root."""

    path: str
    flags: tuple[str, ...]
    mode: str
    configuration: str


class Suppressed(msgspec.Struct, frozen=True):
    """A finding that is not reported, because somebody has decided about it.

    Args:
        by: "comment" in the source, or "baseline".
        reason: What the comment says, or which list it is in.
    """

    finding: Finding
    by: str
    reason: str


class Judged(msgspec.Struct, frozen=True):
    """What was judged: the calls of redirect helpers, by what is known of them.

    Args:
        redirects: Calls that a path from an entry makes, or would make from one that is attached
            nowhere.
        unknown: Those of them with an ifindex of unknown origin in some context.
        unattached: Those of them that no attachment and no tail call leads to.
        entries: Entries that redirect packets and are attached nowhere, as "program:entry".
        uncalled: The same of programs in slots of a prog array that no tail call leads to.
        outdated: What the profile names and the tree does not have any more ("symbol NAME").
    """

    redirects: int = 0
    unknown: int = 0
    unattached: int = 0
    entries: tuple[str, ...] = ()
    uncalled: tuple[str, ...] = ()
    outdated: tuple[str, ...] = ()

    @property
    def outgrown(self) -> bool:
        """True where something is not judged that an outdated name may have been about."""
        return bool(self.outdated and (self.unknown or self.entries))


class Summary(msgspec.Struct, frozen=True):
    """Counts and names that go under every report.

    Args:
        what_if: Substitute that findings are about, "" where they are about what is configured.
        known, suppressed: Findings that are not reported, as a baseline or a comment names them.
    """

    programs: int
    analysed: int
    configurations: int
    findings: int
    unresolved_tail_calls: int
    skipped: tuple[Skipped, ...] = ()
    units: tuple[UnitRecord, ...] = ()
    profile: str = ""
    flags_from: str = ""
    notes: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    judged: Judged = Judged()
    what_if: str = ""
    known: int = 0
    suppressed: int = 0

    @property
    def open_questions(self) -> bool:
        """True where a redirect, a tail call or an entry was not judged, or a name is outdated."""
        left = self.judged.entries or self.judged.uncalled or self.judged.outdated
        return bool(self.judged.unknown or left or self.unresolved_tail_calls)


class Report(msgspec.Struct, frozen=True):
    """Everything a reporter needs; produced once, after triage.

    Args:
        suppressed: For the formats that tell what was decided; the others leave it out.
        proposals: What `unknown` comes from, to be given a meaning.
        journeys: Where packets can go, for the formats that draw it.
    """

    summary: Summary
    findings: tuple[Finding, ...] = ()
    unknown: tuple[Finding, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    journeys: tuple[Journey, ...] = ()
