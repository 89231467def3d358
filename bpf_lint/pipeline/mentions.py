"""Names in the user's configuration, held against what the parsed programs name."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from bpf_lint.config.catalogue import Catalogue
from bpf_lint.config.cexpr import condition
from bpf_lint.config.choose import generic
from bpf_lint.config.contradictions import peerless
from bpf_lint.config.effects import RedirectEffect
from bpf_lint.config.nearest import suggest, unknown
from bpf_lint.config.schema import Attachment, Configuration, Mode, ProgArray, Program
from bpf_lint.contexts.plan import parse_defines
from bpf_lint.ir.nodes import Function
from bpf_lint.pipeline.parse import Parsed
from bpf_lint.pipeline.planning import Plan, Setup
from bpf_lint.pipeline.vocabulary import Vocabulary, is_glob, vocabulary


def check_names(setup: Setup, plan: Plan, parsed: Parsed) -> None:
    """Check that what the user's configuration names is in the programs that were read.

    Raises:
        ConfigError: Something is not, and its table does not say that it is optional; or an entry
            is of another program type than its hook.
    """
    user = plan.workspace.user
    if user.document is None or setup.request.lenient or not user.describes_project:
        return
    _Names(setup.catalogue, plan, vocabulary(setup, plan, parsed)).check()


class _Names:
    """One user's configuration beside the vocabulary of its programs."""

    def __init__(self, catalogue: Catalogue, plan: Plan, known: Vocabulary) -> None:
        self.catalogue, self.kernel, self.known = catalogue, catalogue.kernel, known
        self.profile = plan.workspace.profile
        self.user, self.own = plan.workspace.user, plan.workspace.user.settings

    def check(self) -> None:
        for at, attachment in enumerate(self.own.attachments):
            self.attachment(attachment, at)
        for at, symbol in enumerate(self.own.symbols):
            if not symbol.optional:
                self.symbol(symbol.name, at)
                self.when(symbol.when, "symbols", at, "when")
        for at, field in enumerate(self.own.fields):
            if not field.optional:
                self.field(field.field, "fields", at, "field")
                for key in ("under", "flags", "without"):
                    for name in getattr(field, key):
                        self.field(name, "fields", at, key)
        self.arrays()
        self.macros()
        self.sections()
        self.unattached()
        self.peers()

    def attachment(self, one: Attachment, at: int) -> None:
        """Each entry is there, in a program that the attachment names, and fits the hook."""
        if one.optional:
            return
        self.when(one.when, "attachments", at, "when")
        found = [
            function
            for program, _, function in self.known.entries()
            if fnmatchcase(program, one.program)
        ]
        names = {name for function in found for name in (function.name, function.section)}
        for number, entry in enumerate(one.entries):
            keys = ("attachments", at, "entries", number)
            own = [f for f in found if fnmatchcase(f.name, entry) or fnmatchcase(f.section, entry)]
            if own:
                wrong = [why for f in own if (why := self.misfit(f, one.hook))]
                if len(wrong) == len(own):
                    raise self.user.error(f'entry "{entry}" {wrong[0]}', *keys)
            elif self.misses(entry):
                text = f'unknown entry "{entry}" of {one.program}{suggest(entry, names)}'
                raise self.user.error(text, *keys)

    def misfit(self, function: Function, hook: str) -> str:
        """Why a function does not run at a hook: its context is another one's; "" if it may."""
        records = {one.record for one in self.kernel.hooks.values()}
        wanted = self.kernel.hooks[hook]
        record = self.known.record_of(function)
        if record in records:
            if record == wanted.record:
                return ""
            return f"takes struct {record}, and programs at {hook} take struct {wanted.record}"
        types = {
            self.kernel.hooks[one.hook].program_type
            for one in generic(self.catalogue).profile.attachments
            if any(fnmatchcase(function.section, section) for section in one.entries)
        }
        if not types or wanted.program_type in types:
            return ""
        return f'is of section "{function.section}", whose programs do not run at {hook}'

    def symbol(self, name: str, at: int) -> None:
        """A constant, macro, enumerator or variable of the name is there."""
        if "." in name:
            what = f'"{name}" is a member, and no symbol: name it in [[fields]], as "record.member"'
            raise self.user.error(what, "symbols", at, "name")
        self.word("symbol", name, "symbols", at, "name")

    def word(self, kind: str, name: str, *keys: str | int) -> None:
        """Refuse a name that is nowhere in the sources."""
        # What a macro pastes together is in no text, where errors took the variable.
        if self.known.hidden or (self.known.unread and self.known.says("##")):
            return
        words = self.known.words
        if not (fnmatch.filter(words, name) if is_glob(name) else name in words):
            raise self.user.error(unknown(kind, name, words), *keys)

    def field(self, field: str, *keys: str | int) -> None:
        """A record has the member, or a map is there."""
        record, _, member = field.rpartition(".")
        if not record:
            self.matched("map", field, self.known.maps, *keys)
            return
        if record not in self.known.records:
            text = (
                f'unknown record "{record}" of field "{field}"{suggest(record, self.known.records)}'
            )
            raise self.user.error(text, *keys)
        members = self.known.members(record)
        if member not in members:
            text = f'unknown member "{member}" of field "{field}"{suggest(member, members)}'
            raise self.user.error(text, *keys)

    def arrays(self) -> None:
        """Prog arrays are maps, and hold functions or sections that are there."""
        names = {name for _, _, f in self.known.entries() for name in (f.name, f.section)}
        functions = {name for unit in self.known.all_units() for name in unit.functions}
        for at, one in enumerate(self.own.prog_arrays):
            if one.optional:
                continue
            keys = ("prog_arrays", at)
            if not self.known.holds(one):
                name = one.map.rpartition(":")[2]
                self.matched(
                    "prog array", name, self.known.prog_arrays, *keys, "map", written=one.map
                )
                if why := self.elsewhere(one):
                    raise self.user.error(why, *keys, "map")
            for number, text in enumerate(one.programs):
                entry = text.partition(":")[2]
                where = (*keys, "programs", number)
                self.matched("program", entry, names | functions, *where, written=text)

    def elsewhere(self, array: ProgArray) -> str:
        """Why a prog array is none, where other programs than those of its path have it."""
        path, _, name = array.map.rpartition(":")
        there = sorted(
            program
            for program, units in self.known.units.items()
            if any(fnmatchcase(one.name, name) for unit in units for one in unit.maps.values())
        )
        if self.known.unread or not there:
            return ""
        return f'no prog array "{name}" in {path}; it is in {", ".join(there)}'

    def matched(
        self, kind: str, glob: str, names: Iterable[str], *keys: str | int, written: str = ""
    ) -> None:
        """Refuse a glob that matches no name, shown as it is written."""
        if any(fnmatchcase(name, glob) for name in names):
            return
        if self.misses(glob):
            text = f'unknown {kind} "{written or glob}"{suggest(glob, names)}'
            raise self.user.error(text, *keys)

    def misses(self, glob: str) -> bool:
        """True where what matches no name is nowhere: a program with errors may have held it."""
        return not self.known.unread and (self.known.complete or not self.known.says(glob))

    def macros(self) -> None:
        """Macros and load-time constants that are set are asked for somewhere."""
        for at, program in enumerate(self.own.programs):
            self.settings(program, "programs", at)
        for table, tables in (
            ("modes", self.own.modes),
            ("configurations", self.own.configurations),
        ):
            for name, one in tables.items():
                self.settings(one, table, name)
        for name in self.own.values:
            self.value(name, "values", name)

    def settings(self, one: Program | Mode | Configuration, *keys: str | int) -> None:
        """The macros and values of one table."""
        if one.optional:
            return
        if isinstance(one, Program):
            self.when(one.when, *keys, "when")
        self.defines(one.defines, *keys, "defines")
        own: Mapping[str, list[str]] = {} if isinstance(one, Program) else one.programs
        for path, defines in own.items():
            self.defines(defines, *keys, "programs", path)
        for name in one.values:
            self.value(name, *keys, "values", name)

    def defines(self, written: list[str], *keys: str | int) -> None:
        """Macros are tested somewhere."""
        for number, text in enumerate(written):
            for name in parse_defines([text]):
                self.word("macro", name, *keys, number)

    def value(self, name: str, *keys: str | int) -> None:
        """A load-time constant, or a member, is there."""
        for part in name.split("."):
            self.word("constant", part, *keys)

    def when(self, text: str, *keys: str | int) -> None:
        """The names of a condition are there."""
        given = {name for one in self.profile.modes.values() for name in parse_defines(one.defines)}
        for name in sorted(condition(text).names if text else ()):
            if name not in given:
                self.word("macro", name, *keys)

    def sections(self) -> None:
        """Sections, tags and functions that the configuration tells by their names are there."""
        for table in ("patched_sections", "scratch_sections"):
            for at, name in enumerate(getattr(self.own, table)):
                self.matched("section", name, self.known.sections, table, at)
        for table, kind, names in (
            ("tail_sections", "section", self.known.sections),
            ("tail_tags", "tag", self.known.tags),
        ):
            for at, template in enumerate(getattr(self.own, table)):
                glob = re.sub(r"\{(?:map|index)\}", "*", template)
                self.matched(kind, glob, names, table, at, written=template)
        functions = {name for unit in self.known.all_units() for name in unit.functions}
        for family, globs in self.own.families.items():
            for at, glob in enumerate(globs):
                self.matched("function", glob, functions, "families", family, at)

    def unattached(self) -> None:
        """Entries that need not be judged are there."""
        names = {name for _, _, f in self.known.entries() for name in (f.name, f.section)}
        for at, glob in enumerate(self.own.unattached):
            self.matched("entry", glob, names, "unattached", at)

    def peers(self) -> None:
        """A device whose peer matters tells the namespace of that."""
        for name, helper in self.kernel.helpers.items():
            effect = helper.effect
            to_peer = isinstance(effect, RedirectEffect) and effect.to_peer
            if to_peer and self.known.calls(helper.number):
                for device in peerless(self.own, self.profile, self.kernel):
                    text = f'device "{device}" lacks peer_netns, and bpf_{name}() depends on it'
                    raise self.user.error(text, "devices", device)
