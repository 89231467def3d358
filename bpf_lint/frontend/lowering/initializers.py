"""Initializer lists: which expression initialises which part of an object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bpf_lint.frontend import clang, kinds, types
from bpf_lint.frontend.lowering import folding
from bpf_lint.frontend.lowering.function import Lowering
from bpf_lint.frontend.lowering.registry import value
from bpf_lint.frontend.syntax import Syntax
from bpf_lint.frontend.types import CType, Member
from bpf_lint.ir import nodes as ir
from bpf_lint.model.place import Place

_WIDEST_RANGE = 1024


class Step(NamedTuple):
    """One step into an object: a member of `record`, or element `index` of an array."""

    offset: int
    type: CType
    width: int
    record: CType | None
    name: str
    position: int


class Part(NamedTuple):
    """An expression and the part of the object it initialises."""

    steps: tuple[Step, ...]
    type: CType
    width: int
    tree: Syntax


def parts(type_: CType, tree: Syntax, steps: tuple[Step, ...] = ()) -> Iterator[Part]:
    """Yield what an initializer gives explicitly, in source order."""
    tree = _unwrap(tree)
    if tree.kind != kinds.INIT_LIST:
        yield Part(steps, type_, steps[-1].width if steps else type_.bits, tree)
    elif not type_.is_aggregate:
        for child in tree.children[:1]:
            yield from parts(type_, child, steps)
    else:
        queue = [c for c in tree.children if kinds.is_expression(c.kind)]
        if len(queue) == 1 and _unwrap(queue[0]).kind == kinds.STRING and _is_text(type_):
            yield Part(steps, type_, type_.bits, _unwrap(queue[0]))
            return
        queue.reverse()
        yield from _aggregate(type_, queue, steps, braced=True)


def _aggregate(
    type_: CType, queue: list[Syntax], steps: tuple[Step, ...], braced: bool
) -> Iterator[Part]:
    """Consume initializers from the end of `queue` for the members of one aggregate."""
    position = 0
    while queue:
        if _is_designated(queue[-1]):
            if not braced:
                return
            tree = queue.pop()
            found, path_end = _designated(type_, tree, steps)
            yield from found
            position = path_end + 1
            continue
        step = _step(type_, position)
        if step is None:
            if braced:
                queue.pop()
                continue
            return
        yield from _consume(step, queue, steps)
        position += 1


def _consume(step: Step, queue: list[Syntax], steps: tuple[Step, ...]) -> Iterator[Part]:
    tree = _unwrap(queue[-1])
    inner = (*steps, step)
    if not step.type.is_aggregate or _fills_whole(step.type, tree):
        queue.pop()
        yield from parts(step.type, tree, inner)
    else:
        yield from _aggregate(step.type, queue, inner, braced=False)


def _fills_whole(type_: CType, tree: Syntax) -> bool:
    if tree.kind == kinds.INIT_LIST:
        return True
    if tree.kind == kinds.STRING:
        return _is_text(type_)
    return tree.type is type_


def _step(type_: CType, position: int) -> Step | None:
    if type_.kind == types.ARRAY:
        element = type_.target
        if type_.count and position >= type_.count:
            return None
        return Step(position * element.bits, element, element.bits, None, "", position)
    members = [m for m in type_.members.ordered if m.name or m.type.kind == types.RECORD]
    if position >= len(members) or (position > 0 and _is_union(type_)):
        return None
    return _member_step(type_, members[position])


def _member_step(type_: CType, member: Member) -> Step:
    return Step(member.offset, member.type, member.width, type_, member.name, 0)


def _is_union(type_: CType) -> bool:
    ordered = type_.members.ordered
    return len(ordered) > 1 and all(m.offset == 0 for m in ordered)


def _is_designated(tree: Syntax) -> bool:
    return (
        tree.kind == kinds.UNEXPOSED_EXPR
        and len(tree.children) > 1
        and tree.type.kind == types.VOID
    )


def _designated(type_: CType, tree: Syntax, steps: tuple[Step, ...]) -> tuple[list[Part], int]:
    """Return the parts of one designated initializer and the position it ends at."""
    *designators, initial = tree.children
    paths: list[tuple[Step, ...]] = [()]
    current, first_position = type_, -1
    while designators:
        designator = designators.pop(0)
        if designator.kind == kinds.MEMBER_REF:
            found = _find_member(current, designator)
            if found is None:
                return [], 0
            if first_position < 0:
                first_position = _position_of(current, designator, found)
            if found.anonymous:
                continue
            paths = [(*path, _member_step(current, found)) for path in paths]
            current = found.type
            continue
        low = high = clang.evaluate(designator.cursor) or 0
        if _is_range(current, designators):
            high = clang.evaluate(designators.pop(0).cursor) or 0
        indexes = range(low, min(high, low + _WIDEST_RANGE) + 1)
        element = current.target
        paths = [
            (*path, Step(i * element.bits, element, element.bits, None, "", i))
            for path in paths
            for i in indexes
        ]
        current = element
        first_position = high if first_position < 0 else first_position
    found_parts = [p for path in paths for p in parts(current, initial, (*steps, *path))]
    return found_parts, first_position


def _is_range(array: CType, following: list[Syntax]) -> bool:
    """True where the next index ends a range; in arrays of arrays it is the inner index."""
    if not following or following[0].kind == kinds.MEMBER_REF:
        return False
    return array.target.kind != types.ARRAY


def _find_member(type_: CType, designator: Syntax) -> Member | None:
    field = clang.library().clang_getCursorReferenced(designator.cursor)
    if type_.kind != types.RECORD:
        return None
    return type_.members.by_identity.get(field.d0)


def _position_of(type_: CType, designator: Syntax, found: Member) -> int:
    for position, member in enumerate(type_.members.ordered):
        if member.identity == found.identity:
            return position
    return 0


def _unwrap(tree: Syntax) -> Syntax:
    while (
        tree.kind in (kinds.UNEXPOSED_EXPR, kinds.PAREN)
        and len(tree.children) == 1
        and tree.type.is_aggregate
    ):
        tree = tree.children[0]
    return tree


def _is_text(type_: CType) -> bool:
    return type_.kind == types.ARRAY and type_.target.bits == 8


def member_name(base: ir.Expr, record: CType, name: str) -> str:
    """Return "tag.member"; for untagged records, the name of what holds them goes before."""
    if record.tag:
        return f"{record.tag}.{name}"
    if isinstance(base, ir.Field):
        return f"{base.name}.{name}"
    if isinstance(base, ir.Local | ir.Global):
        return f"{base.name}.{name}"
    return f".{name}"


def address_of(base: ir.Expr, steps: tuple[Step, ...]) -> ir.Expr:
    """Return the address that `steps` lead to from `base`."""
    for step in steps:
        if step.record is not None:
            base = ir.Field(base, step.offset, member_name(base, step.record, step.name))
        else:
            base = folding.index(base, ir.Const(step.position), step.width)
    return base


def initialize(low: Lowering, address: ir.Expr, type_: CType, tree: Syntax, place: Place) -> None:
    """Fill an object in memory from its initializer; what is not given becomes zero."""
    tree = _unwrap(tree)
    if tree.kind == kinds.INIT_LIST or (tree.kind == kinds.STRING and type_.is_aggregate):
        low.emit(ir.Clear(address, type_.bits, True, place))
    for part in parts(type_, tree):
        where = address_of(address, part.steps)
        given = value(low, part.tree)
        if not part.type.is_aggregate:
            low.emit(ir.Store(where, given, part.width, low.place(part.tree)))
        elif part.tree.kind == kinds.STRING:
            length = len(clang.string_bytes(part.tree.cursor)) + 1
            bits = min(part.type.bits, length * part.type.target.bits)
            low.emit(ir.Copy(where, given, bits, low.place(part.tree)))
        else:
            low.emit(ir.Copy(where, given, part.type.bits, low.place(part.tree)))
