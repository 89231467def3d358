"""Programs that exist twice, wrong and right: what bpf-lint says of them and what kernels do."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tests.expectations import Want, read_expectations
from tests.running import lint_json

from . import stage
from .harness.programs import compile_to
from .trials import Trial

PROGRAM = re.compile(
    r"/\* goal: (?P<goal>[^\s,]+)(?:, after (?P<after>\w+))?(?:, calls (?P<calls>\w+))? \*/\n"
    r'SEC\("(?P<section>[\w-]+)"\)\nint (?P<name>\w+)\('
)
FUNCTION = re.compile(
    r"^(?:static __always_inline )?int (?P<name>\w+)\(.*\n\{\n(?P<body>(?:.*\n)*?)\}", re.MULTILINE
)
RULE = "cross-netns-redirect"
GAP = re.compile(r"/\* gap: ([\w-]+) \*/")


class Program(NamedTuple):
    """A program of the folder `pairs`.

    Args:
        goal: Point where its packets should arrive; a device can be written as its symbol.
        after: Program whose packets come first, "" for none.
        wants: What must be reported, by mode; in these modes its packets do not arrive.
        gap: Rule that would have to report it and does not exist yet; "" for none.
    """

    file: str
    name: str
    section: str
    goal: str
    after: str
    wants: tuple[Want, ...]
    gap: str

    @property
    def modes(self) -> list[str]:
        """Modes in which the program is attached."""
        return [mode for mode in stage.modes() if stage.place(self.section, mode)]

    def loses(self, mode: str) -> bool:
        """True where its packets must not arrive."""
        return any(one.mode == mode for one in self.wants) or bool(self.gap)

    def symbol(self, mode: str) -> str:
        """Symbol of the number that is redirected to, "" where that is not the mistake."""
        misdirected = (one.text for one in self.wants if (one.rule, one.mode) == (RULE, mode))
        return next((text for text in misdirected if text.isupper()), "")


@cache
def programs() -> dict[tuple[str, str], Program]:
    """All programs, by file and name."""
    found = {}
    for path in sorted(stage.PAIRS.glob("*.c")):
        text = path.read_text()
        lines = {name: set(range(*_lines(text, match))) for name, match in _functions(text)}
        for match in PROGRAM.finditer(text):
            within = lines[match["name"]] | lines.get(match["calls"] or "", set())
            program = Program(
                path.name,
                match["name"],
                match["section"],
                match["goal"],
                match["after"] or "",
                (),
                _gap(text, within),
            )
            program = program._replace(wants=tuple(_wants(program, within)))
            found[path.name, match["name"]] = program
    return found


def _wants(program: Program, lines: set[int]) -> Iterator[Want]:
    """Expectations on some lines; without modes they are for all that the program has."""
    for one in read_expectations(stage.PAIRS).wants:
        if one.file == program.file and one.line in lines:
            for mode in [one.mode] if one.mode else program.modes:
                yield msgspec.structs.replace(one, mode=mode)


def _gap(text: str, lines: set[int]) -> str:
    found = GAP.search("\n".join(text.splitlines()[min(lines) - 1 : max(lines)]))
    return found[1] if found else ""


def _functions(text: str) -> list[tuple[str, re.Match[str]]]:
    return [(match["name"], match) for match in FUNCTION.finditer(text)]


def _lines(text: str, match: re.Match[str]) -> tuple[int, int]:
    return text.count("\n", 0, match.start()) + 1, text.count("\n", 0, match.end()) + 2


def trials(mode: str) -> list[Trial]:
    """The trials of a mode: each program, and each wrong one with a decoy, too."""
    found = []
    for program in programs().values():
        if mode not in program.modes:
            continue
        trial = _trial(program, mode)
        found.append(trial)
        if symbol := program.symbol(mode):
            found += _with_decoy(trial, stage.number(symbol, mode))
    return found


def _trial(program: Program, mode: str) -> Trial:
    symbol, _, rest = program.goal.partition(":")
    goal = f"{stage.device(symbol, mode)}:{rest}" if symbol.isupper() else program.goal
    after = programs()[program.file, program.after] if program.after else None
    return Trial(
        id=f"{program.file}:{program.name}[{mode}]",
        topology=mode,
        object=f"{mode}-{Path(program.file).stem}.o",
        program=stage.attached(program.name, program.section, mode),
        goal=goal,
        normal=stage.traffic(program.section, mode).normal,
        before=[stage.attached(after.name, after.section, mode)] if after else [],
    )


def _with_decoy(trial: Trial, number: int) -> list[Trial]:
    """The trial with a decoy, unless a device of the namespace has the number anyway."""
    here = _skb_netns(trial)
    devices = stage.stage(trial.topology).devices
    if any(name.startswith(f"{here}/") and one.index == number for name, one in devices.items()):
        return []
    changed = {"id": trial.id + "+decoy", "decoy": here, "number": number}
    return [msgspec.structs.replace(trial, **changed)]


def _skb_netns(trial: Trial) -> str:
    """Namespace of skb->dev; netkit's programs run with the other device of the pair."""
    devices = stage.stage(trial.topology).devices
    netkit = trial.program.hook == "netkit-primary"
    return (devices[trial.program.at].peer if netkit else trial.program.at).split("/")[0]


def objects(mode: str) -> dict[str, bytes]:
    """The compiled programs of a mode, by file name."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(stage.PAIRS.glob("*.c")):
            name = f"{mode}-{path.stem}.o"
            found[name] = compile_to(Path(folder) / name, path, stage.options(mode))
    return found


def reported(found_in: dict[str, Any], named: dict[tuple[str, str], str]) -> dict[str, set[str]]:
    """Rules that report something, by "file:function[mode]", from a JSON report.

    Args:
        named: Function by file and section: an entry is called by its section if it is the only
            one there.
    """
    found: dict[str, set[str]] = {}
    for finding in found_in["findings"]:
        for context in finding["contexts"]:
            file = Path(context["program"]).name
            entry = named.get((file, context["entry"]), context["entry"])
            found.setdefault(f"{file}:{entry}[{context['mode']}]", set()).add(finding["rule"])
    return found


@cache
def verdicts() -> dict[str, set[str]]:
    """Rules that bpf-lint reports, by trial id."""
    named = {(one.file, one.section): one.name for one in programs().values()}
    return reported(report(), named)


@cache
def report() -> dict[str, Any]:
    """The JSON report of bpf-lint about the folder."""
    found = lint_json(stage.PAIRS).report
    assert found["summary"]["skipped"] == [], found["summary"]["skipped"]
    return found
