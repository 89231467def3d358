"""What names of one unit mean to the analysis: maps, variables, symbols, helpers, members."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from bpf_lint import ir
from bpf_lint.callgraph.calls import Calls
from bpf_lint.callgraph.jumps import calls_in
from bpf_lint.config.effects import CloneRedirectEffect, RedirectEffect, RedirectMapEffect
from bpf_lint.config.kernel_schema import Helper
from bpf_lint.dataflow.domain.atoms import Origin, Pointer, Value, pointer
from bpf_lint.dataflow.domain.base import HOOK, Base, Kind, base, values_of
from bpf_lint.ir.shapes import is_truth, uncast

_REDIRECTS = (RedirectEffect, CloneRedirectEffect, RedirectMapEffect)


class HelperModel(msgspec.Struct, frozen=True):
    """A helper of the kernel model, with the positions of the parameters it names."""

    name: str
    data: Helper
    parameters: Mapping[str, int]

    def position(self, parameter: str) -> int:
        """Index of a parameter, -1 where the effect names none."""
        return self.parameters[parameter] if parameter else -1


class FixedMember(NamedTuple):
    """A member of a program's context that nobody can write, and the program types that have it."""

    types: frozenset[str]
    offset: int
    bits: int


class Meaning(NamedTuple):
    """What user space stores in a member while other members of the value hold something.

    Args:
        value: What it stores.
        under, flags, without: See `FieldMeaning`.
    """

    value: Value
    under: tuple[tuple[str, tuple[int, ...]], ...]
    flags: tuple[tuple[str, int], ...]
    without: tuple[tuple[str, int], ...]


class Environment:
    """One unit, seen by the interpreter.

    Args:
        unit: The parsed program.
        helpers: Helper models by number.
        bases: Global name -> memory base of a map or of a variable that is memory of a run.
        symbols: Names whose value the profile gives a meaning.
        fields: Member ("record.member"), or map without members -> what user space stores in it.
        patched_sections: See `Profile`.
        copied: Bases of variables with a copy for each CPU.
        fixed: Members of the context that nobody can write.
        kernel: Oldest kernel that the helpers are for.
        members: Member ("record.member") -> number that user space stores in it, or for one of
            `fields` what it stores while other members hold something.
        calls: The calls of the unit; made here where they are not given.

    Attributes:
        ordered: Members ("record.member") that are in network byte order.
    """

    def __init__(
        self,
        unit: ir.Unit,
        helpers: Mapping[int, HelperModel],
        bases: Mapping[str, Base],
        symbols: frozenset[str],
        fields: Mapping[str, Value],
        fixed: tuple[FixedMember, ...] = (),
        patched_sections: frozenset[str] = frozenset(),
        copied: frozenset[Base] = frozenset(),
        kernel: str = "",
        members: Mapping[str, int | tuple[Meaning, ...]] = MappingProxyType({}),
        calls: Calls | None = None,
    ) -> None:
        self.unit = unit
        self.functions = unit.functions
        self.helpers = helpers
        self.bases = bases
        self.symbols = symbols
        self.fields = fields
        self.values = {values_of(bases[name]): fields[name] for name in fields if name in bases}
        self.patched = {
            base(Kind.VARIABLE, "", variable.name): variable.bits
            for variable in unit.variables.values()
            if variable.section in patched_sections
        }
        # What a test says about a load-time constant holds for the rest of the path.
        self.constants = frozenset(
            base(Kind.VARIABLE, "", variable.name)
            for variable in unit.variables.values()
            if variable.constant
        )
        self.copied = copied
        self.fixed, self.kernel = fixed, kernel
        self.members = {name: one for name, one in members.items() if isinstance(one, int)}
        self.depending = {name: one for name, one in members.items() if isinstance(one, tuple)}
        self.ordered: frozenset[str] = frozenset()
        self._keys: dict[str, str] = {}
        self._heights: dict[str, int] = {}
        self._calls = calls or Calls({one.name: one.calls for one in unit.functions.values()})
        self._value_bits = _value_bits(unit, bases)
        self._key_bits = {
            bases[name]: declared.key_bits for name, declared in unit.maps.items() if name in bases
        }
        self._inner, self._entries = _inner_maps(unit, bases), _entries(unit, bases)
        # Maps of one entry: all lookups lead to the same.
        self.single, self.tested = _single(unit, bases), tested_members(unit)
        self._shared = self._fingerprint()

    def address(self, name: str) -> Pointer:
        """The address of a file-scope object."""
        return pointer(self.bases.get(name) or base(Kind.VARIABLE, "", name))

    def address_of_function(self, name: str) -> Pointer:
        """The address of a function, told apart from others of its name in other units."""
        return pointer(base(Kind.FUNCTION, self.deep_key(name), name))

    def bits_of(self, of: Base) -> int:
        """Size of the value of the map behind a memory base, 0 where it is not known."""
        return self._value_bits.get(of.whole, 0)

    def key_bits_of(self, of: Base) -> int:
        """Size of a map's key, 0 where it is not known."""
        return self._key_bits.get(of.whole, 0)

    def inner_maps(self, of: Base) -> tuple[Base, ...]:
        """The maps that a map of maps is declared with; none for anything else."""
        return self._inner.get(of, ())

    def entries_of(self, of: Base) -> int:
        """Entries of a per-CPU array that is scratch of a run; 1 for anything else."""
        return self._entries.get(of, 1)

    def deep_key(self, name: str) -> str:
        """A key of everything a call of `name` can execute, equal across units.

        It covers the function, all it calls, and how their globals are bound; what these
        hold is read through memory cells, and so part of the memo's reads.
        """
        if not self._keys:
            self._keys = self._hashed(_content_key, self._shared)
        return self._keys.get(name, "?" + name)

    def lasting_keys(self, digest: Callable[[ir.Function], bytes]) -> dict[str, str]:
        """Deep key -> a key of the same for other runs, between which the unit may change.

        It is made of a digest for each function instead of its content key, and of all that any
        function of the unit may ask of it.
        """
        self.deep_key("")
        about = (self._about_maps(), sorted(map(repr, self.constants)), sorted(self.tested))
        shared = hashlib.blake2b(repr(about).encode(), key=self._shared, digest_size=16).digest()
        lasting = self._hashed(digest, shared)
        return {key: lasting[name] for name, key in self._keys.items()}

    def height(self, name: str) -> int:
        """How many calls can be nested below a function, itself counted."""
        self.deep_key(name)
        return self._heights.get(name, 0)

    def can_redirect(self, name: str) -> bool:
        """True where a function of the unit or what it calls redirects, or may do so."""
        seen, left = {name}, [name]
        while left:
            function = self.functions.get(left.pop())
            for call in calls_in(function) if function else ():
                model = self.helpers.get(call.helper)
                if call.pointer is not None or (
                    model is not None and isinstance(model.data.effect, _REDIRECTS)
                ):
                    return True
            new = set(function.calls if function else ()) - seen
            seen |= new
            left += sorted(new)
        return False

    def cycle(self, name: str) -> tuple[str, ...]:
        """Functions that can call each other and this one; none where it is not recursive."""
        return self._calls.cycle(name)

    def _hashed(self, content: Callable[[ir.Function], bytes], shared: bytes) -> dict[str, str]:
        """Deep keys of all functions, of what each of them is."""
        keys: dict[str, str] = {}
        for members in self._calls.components:
            self._hash(members, content, shared, keys)
        return keys

    def _hash(
        self,
        members: tuple[str, ...],
        content: Callable[[ir.Function], bytes],
        shared: bytes,
        keys: dict[str, str],
    ) -> None:
        """Hash functions that call each other together; what else they call is hashed already."""
        digest = hashlib.blake2b(shared, digest_size=16)
        below = [
            callee
            for name in members
            for callee in self.functions[name].calls
            if callee not in members
        ]
        for name in members:
            self._hash_one(self.functions[name], content, digest)
        for name in below:
            digest.update(keys.get(name, "?" + name).encode())
        height = len(members) + max((self._heights.get(name, 0) for name in below), default=0)
        for name in members:
            self._heights[name] = height
            own = (
                digest if len(members) == 1 else hashlib.blake2b(name.encode(), key=digest.digest())
            )
            keys[name] = own.hexdigest()

    def _hash_one(
        self,
        function: ir.Function,
        content: Callable[[ir.Function], bytes],
        digest: hashlib.blake2b,
    ) -> None:
        digest.update(content(function))
        for name in function.globals:
            digest.update(f"{name}={self.bases.get(name, '')}".encode())
            if (declared := self.unit.maps.get(name)) is not None:
                bits = self.bits_of(values_of(self.bases[name])) if name in self.bases else 0
                inner = sorted(b.text for b in self.inner_maps(self.bases.get(name, HOOK)))
                digest.update(
                    f"{inner}{declared.kind}{declared.value_bits}{declared.inner}{bits}"
                    f"x{declared.max_entries}".encode()
                )

    def _about_maps(self) -> list[object]:
        """What a call may ask of a map whose address it is given."""
        declared = sorted(
            (name, one.kind, one.key_bits, one.value_bits, one.max_entries, one.inner, one.slots)
            for name, one in self.unit.maps.items()
        )
        return [declared, sorted((name, of.text) for name, of in self.bases.items())]

    def _fingerprint(self) -> bytes:
        digest = hashlib.blake2b(digest_size=16)
        digest.update(repr(sorted(self.symbols)).encode())
        digest.update(
            repr([(name, _keys(self.fields[name])) for name in sorted(self.fields)]).encode()
        )
        for name, meanings in sorted(self.depending.items()):
            told = [(_keys(one.value), one[1:]) for one in meanings]
            digest.update(repr((name, told)).encode())
        digest.update(repr(sorted(map(repr, self.copied))).encode())
        digest.update(repr(sorted((b.text, n) for b, n in self.patched.items())).encode())
        digest.update(repr(sorted(self.unit.layouts.items())).encode())
        digest.update(repr([n for n in self.unit.wanted if n not in self.functions]).encode())
        fixed = [(sorted(one.types), *one[1:]) for one in self.fixed]
        digest.update(repr((fixed, self.kernel, sorted(self.members.items()))).encode())
        return digest.digest()


def _content_key(function: ir.Function) -> bytes:
    return function.key.encode()


def tested_members(unit: ir.Unit) -> frozenset[str]:
    """Members ("record.member") that conditions of the unit read from memory."""
    return frozenset().union(*map(_tested_in, unit.functions.values()))


@lru_cache(maxsize=5_000)
def _tested_in(function: ir.Function) -> frozenset[str]:
    """The same of one function, which many units share."""
    found = set()
    for block in function.blocks:
        stack: list[ir.Expr] = [c for c in _conditions(block) if c is not None]
        while stack:
            match stack.pop():
                case ir.Load(ir.Field() as field):
                    found.add(field.name)
                case ir.Unary(_, operand) | ir.Cast(operand):
                    stack.append(operand)
                case ir.Binary(_, left, right):
                    stack += (left, right)
    return frozenset(found)


def _conditions(block: ir.Block) -> Iterator[ir.Expr | None]:
    match block.end:
        case ir.Branch():
            yield block.end.condition
        case ir.Switch() | ir.Return():
            yield block.end.value
    for instruction in block.instructions:
        if isinstance(instruction, ir.Set) and is_truth(uncast(instruction.value)):
            yield instruction.value


def _entries(unit: ir.Unit, bases: Mapping[str, Base]) -> dict[Base, int]:
    """Per-CPU arrays that are scratch of a run, with the number of their entries."""
    return {
        bases[name]: declared.max_entries
        for name, declared in unit.maps.items()
        if name in bases and bases[name].kind is Kind.SCRATCH
    }


def _single(unit: ir.Unit, bases: Mapping[str, Base]) -> frozenset[Base]:
    return frozenset(
        bases[name]
        for name, declared in unit.maps.items()
        if name in bases and declared.max_entries == 1 and declared.kind == "array"
    )


def _inner_maps(unit: ir.Unit, bases: Mapping[str, Base]) -> dict[Base, tuple[Base, ...]]:
    """Map of maps -> those that it is declared with."""
    return {
        bases[name]: tuple(bases[inner] for _, inner in declared.slots if inner in bases)
        for name, declared in unit.maps.items()
        if name in bases and bases[name].kind is Kind.MAPS
    }


def _keys(value: Value) -> list[tuple[object, ...]]:
    return sorted(atom.key() for atom in value if type(atom) is Origin)


def _value_bits(unit: ir.Unit, bases: Mapping[str, Base]) -> dict[Base, int]:
    """Memory base -> size of a map's value; for a map of maps, that of its inner maps' values."""
    sizes = {}
    for name, declared in unit.maps.items():
        inner = unit.maps.get(declared.inner)
        if name in bases:
            sizes[values_of(bases[name])] = inner.value_bits if inner else declared.value_bits
    return sizes
