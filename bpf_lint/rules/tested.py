"""What decides whether a path is there: macros and load-time constants."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from bpf_lint.callgraph.deciding import deciding_constants
from bpf_lint.config.schema import Configuration, Mode, Profile
from bpf_lint.dataflow.results.result import Instance
from bpf_lint.model.finding import Tested
from bpf_lint.model.place import Place
from bpf_lint.sources.enclosing import enclosing_conditions
from bpf_lint.sources.guards import guards

OPEN = "?"
_NAME = re.compile(r"[A-Za-z_]\w*")

Crossed = tuple[Instance, str, Place]  # a program, a function that it runs, and a call in it


class Decisions:
    """Looks up what is tested at the places of paths.

    Args:
        profile: Whose macros count: those that some mode, configuration or program sets.
        statement: The text of a source line, by path and 1-based line.
    """

    def __init__(self, profile: Profile, statement: Callable[[str, int], str]) -> None:
        self._profile = profile
        self._statement = statement
        self._macros = frozenset(_written(profile))
        self._conditions: dict[tuple[Place, Place], list[str]] = {}

    def tested(self, path: Iterable[Crossed]) -> tuple[Tested, ...]:
        """What a path depends on, each once: what attaches its program, then its calls in order."""
        found: dict[str, Tested] = {}
        for instance, function, place in path:
            macros = [] if found else self._attaching(instance)
            macros += self._macros_at(instance, function, place)
            for one in (*macros, *_constants(instance, function, place)):
                option = self._profile.options.get(one.name, "")
                found.setdefault(one.name, Tested(one.name, one.value, option))
        return tuple(found.values())

    def _attaching(self, instance: Instance) -> list[Tested]:
        """Macros and constants on which it depends that a program is attached to its hook."""
        hook, job = instance.key.hook, instance.binding.job
        known = {**{name: str(value) for name, value in job.values.items()}, **job.defines}
        names = [
            name
            for one in self._profile.attachments
            if (one.hook, one.device) == (hook.hook, hook.device)
            and fnmatchcase(job.program, one.program)
            and any(fnmatchcase(hook.entry, entry) for entry in one.entries)
            for name in _NAME.findall(one.when)
        ]
        return [
            Tested(name, known.get(name, ""))
            for name in names
            if name in known or name in self._macros
        ]

    def _macros_at(self, instance: Instance, function: str, place: Place) -> list[Tested]:
        """Macros that the conditions around a call name, the preprocessor's and the function's."""
        begin = instance.binding.unit.functions[function].place
        key = place, begin
        if key not in self._conditions:
            self._conditions[key] = [*self._guards(place), *self._enclosing(begin, place)]
        defines = instance.binding.job.defines
        names = [name for text in self._conditions[key] for name in _NAME.findall(text)]
        return [
            Tested(name, defines.get(name, ""))
            for name in names
            if name in self._macros or name in defines
        ]

    def _guards(self, place: Place) -> list[str]:
        return guards(lambda line: self._statement(place.path, line), place.line)

    def _enclosing(self, begin: Place, place: Place) -> list[str]:
        """The conditions of the `if`s around a call in the function that begins at a place."""
        if begin.path != place.path:
            return []
        lines = [self._statement(begin.path, n) for n in range(begin.line, place.line + 1)]
        last = lines[-1].encode("utf-8", "surrogateescape")[: place.column - 1] if lines else b""
        return enclosing_conditions("\n".join([*lines[:-1], last.decode("utf-8", "ignore")]))


def _constants(instance: Instance, function: str, place: Place) -> list[Tested]:
    """Load-time constants that decide whether a function comes to a place."""
    unit, values = instance.binding.unit, instance.binding.job.values
    names = deciding_constants(unit.functions[function], place, unit.variables)
    return [Tested(name, str(values.get(name, OPEN))) for name in names]


def _written(profile: Profile) -> Iterable[str]:
    """Macros that a profile sets somewhere."""
    parts: list[Mode | Configuration] = [*profile.modes.values(), *profile.configurations.values()]
    lists = [defines for part in parts for defines in (part.defines, *part.programs.values())]
    for defines in (*lists, *(program.defines for program in profile.programs)):
        yield from (one.partition("=")[0].strip() for one in defines)
