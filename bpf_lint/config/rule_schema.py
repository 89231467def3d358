"""Shape of a rule: `rules/checks/*.toml`. Conditions (`when`) are C expressions."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from bpf_lint.config.data import Data
from bpf_lint.config.effects import ProgramType

STAGES = ("call", "verdict", "lookup", "sending")


class Example(Data, frozen=True, kw_only=True):
    """A short program that shows the mistake, or the right way, with a caption."""

    caption: str = ""
    code: str


class Advice(Data, frozen=True, kw_only=True):
    """A suggestion for some of a rule's findings, instead of the general one.

    Args:
        when: C expression over the facts of the event; `purpose` is one of them.
        text: Template with {facts}.
    """

    when: str
    text: str


class Ending(Data, frozen=True, kw_only=True):
    """When what a rule says is all that comes of a call: what is wrong further on never matters.

    Args:
        when: C expression over the facts of the event.
        fact: Template of a few words, told before the `fact` of a rule about something further on.
        text: Template of the sentence that is told before its `message`.
        otherwise: On what condition that one's message is so, a few words.
        advice: Template that is told before its suggestion; "" for nothing.
    """

    when: str
    fact: str
    text: str
    otherwise: str
    advice: str = ""


class Rule(Data, frozen=True, kw_only=True):
    """One rule: what it looks at, when it fires, and all of its text.

    Args:
        event: What it looks at: kinds of events, one or several, that `docs/facts.md` lists with
            their facts.
        helpers: Names of helpers it is limited to; empty for all of that event.
        calls, program_types: Helpers that an object has to call, all of them, and types of
            programs, one of which it has to have, for anything to be wrong; empty for any. Where
            no object does, the rule is not looked at and costs nothing.
        when: C expression over the event's facts.
        each: What the condition is held against: "target", each thing that the ifindex can be,
            with the facts `target.*` of that; "event", the event once, and the first of these is
            shown; "call", the event once, where the number has no origin to show.
        at: What the finding stands at: the "event", or the "origin" of its number.
        status: "stable", "preview" (off by default), or "what-if": for `--what-if` alone.
        message, suggestion: Templates with {facts}.
        fact: Template of half a line that says what is wrong at this call; "" for the title.
        cause: Id of the rule whose mistake it is, where that is a number's: findings of all rules
            of one cause about one number are one report. "" where it is about the call alone.
        argument: The helper's parameter (as its prototype names it) that is given what is wrong.
        advice: Suggestions for some cases; the first that holds is told.
        stage: At which stage of a call it is wrong, in the order of what happens: the "call"
            itself, the "verdict" that the program ends with, the "lookup" of the number, the
            "sending". "" for rules that do not take part in it.
        ending: When nothing of later stages happens.
    """

    id: str
    title: str
    fact: str = ""
    cause: str = ""
    argument: str = ""
    event: str | Annotated[list[str], msgspec.Meta(min_length=1)]
    when: str
    severity: Literal["error", "warning", "note"] = "error"
    status: Literal["stable", "preview", "what-if"] = "stable"
    each: Literal["event", "target", "call"] = "event"
    at: Literal["event", "origin"] = "event"
    helpers: list[str] = []
    calls: list[str] = []
    program_types: list[ProgramType] = []
    message: str
    suggestion: str
    description: str
    kernel: str
    limits: str = ""
    evidence: list[str] = []
    advice: list[Advice] = []
    stage: Literal["", "call", "verdict", "lookup", "sending"] = ""
    ending: Ending | None = None
    bad: Example
    good: Example
    references: list[str] = []

    def at_stage(self) -> int:
        """Which stage of a call it is about, counted from 0; behind the last one for none."""
        return STAGES.index(self.stage) if self.stage else len(STAGES)

    def precedes(self, other: Rule) -> bool:
        """True where what it is about comes before what another rule is about."""
        return bool(other.stage) and self.at_stage() < other.at_stage()

    def events(self) -> list[str]:
        """All that it looks at."""
        return self.event if isinstance(self.event, list) else [self.event]
