"""BPF maps: records in a maps section, and the BTF style that encodes values in types."""

from __future__ import annotations

from typing import Final

from bpf_lint.frontend import clang, kinds, types
from bpf_lint.frontend.declarations import Context
from bpf_lint.frontend.lowering import initializers
from bpf_lint.frontend.types import CType, Members
from bpf_lint.frontend.variables import address_in, initial_tree, initials
from bpf_lint.ir import nodes as ir

# enum bpf_map_type of include/uapi/linux/bpf.h, in order.
_KINDS: Final = (
    "unspec",
    "hash",
    "array",
    "prog_array",
    "perf_event_array",
    "percpu_hash",
    "percpu_array",
    "stack_trace",
    "cgroup_array",
    "lru_hash",
    "lru_percpu_hash",
    "lpm_trie",
    "array_of_maps",
    "hash_of_maps",
    "devmap",
    "sockmap",
    "cpumap",
    "xskmap",
    "sockhash",
    "cgroup_storage",
    "reuseport_sockarray",
    "percpu_cgroup_storage",
    "queue",
    "stack",
    "sk_storage",
    "devmap_hash",
    "struct_ops",
    "ringbuf",
    "inode_storage",
    "task_storage",
    "bloom_filter",
    "user_ringbuf",
    "cgrp_storage",
    "arena",
    "insn_array",
)

_PIN_BY_NAME: Final = 1
# struct bpf_elf_map of iproute2 (include/bpf_elf.h) and bpf_map_def of libbpf before 1.0; tc reads
# the bytes, so that projects gave the members of bpf_elf_map names of their own.
_FIELDS: Final = {
    "type": "type",
    "size_key": "key",
    "key_size": "key",
    "size_value": "value",
    "value_size": "value",
    "max_elem": "max_entries",
    "max_entries": "max_entries",
    "pinning": "pinning",
    "pinning_strategy": "pinning",
    "id": "id",
    "map_id": "id",
}


def is_map(type_: CType, section: str) -> bool:
    """True for a variable that declares maps."""
    record = element(type_)
    in_section = section in ("maps", ".maps") or section.startswith("maps/")
    return record.kind == types.RECORD and in_section


def element(type_: CType) -> CType:
    """Return the record type of a map declaration, also of an array of them."""
    while type_.kind == types.ARRAY:
        type_ = type_.target
    return type_


def read_map(context: Context, cursor: clang.Cursor, name: str, section: str) -> ir.Map:
    """Return a map declaration."""
    type_ = context.types.of_cursor(cursor)
    record = element(type_)
    if section == ".maps":
        return _btf(context, cursor, name, record)
    return _record(context, cursor, name, type_, record)


def _record(
    context: Context, cursor: clang.Cursor, name: str, type_: CType, record: CType
) -> ir.Map:
    tree = initial_tree(context, cursor)
    values: dict[str, int] = {}
    if tree is not None:
        offsets = {m.offset: m.name for m in record.members.ordered}
        for initial in initials(context, type_, tree):
            field = _FIELDS.get(offsets.get(initial.offset, ""), "")
            if field:
                values[field] = initial.value
    has_id = any(_FIELDS.get(one) == "id" for one in record.members.by_name)
    return ir.Map(
        name=name,
        place=context.places.of(cursor),
        kind=_kind(values.get("type", 0)),
        key_bits=values.get("key", 0) * 8,
        value_bits=values.get("value", 0) * 8,
        max_entries=values.get("max_entries", 0) & 0xFFFFFFFF,
        loader_id=values.get("id", 0) if has_id else -1,
        pinned=values.get("pinning", 0) != 0,
    )


def _kind(number: int) -> str:
    return _KINDS[number] if 0 <= number < len(_KINDS) else f"type_{number}"


def _btf(context: Context, cursor: clang.Cursor, name: str, record: CType) -> ir.Map:
    members = record.members
    slots = _slots(context, cursor, record)
    key = _encoded(members, "key_size") * 8 or _pointed_bits(members, "key")
    value = _value_bits(_inner_members(members) or members)
    return ir.Map(
        name=name,
        place=context.places.of(cursor),
        kind=_kind(_encoded(members, "type")),
        key_bits=key,
        value_bits=value,
        max_entries=_encoded(members, "max_entries"),
        pinned=bool(_encoded(members, "pinning") & _PIN_BY_NAME),
        inner=_inner(members, slots),
        slots=slots,
    )


def _encoded(members: Members, name: str) -> int:
    """Return a number written as the length of the array that a member points to."""
    member = members.by_name.get(name)
    if member is None or member.type.kind != types.POINTER:
        return 0
    return max(member.type.target.count, 0) if member.type.target.kind == types.ARRAY else 0


def _pointed_bits(members: Members, name: str) -> int:
    member = members.by_name.get(name)
    if member is None or member.type.kind != types.POINTER:
        return 0
    return member.type.target.bits


def _value_bits(members: Members) -> int:
    return _encoded(members, "value_size") * 8 or _pointed_bits(members, "value")


def _inner_members(members: Members) -> Members | None:
    """Return the members of the maps that a map of maps holds."""
    values = members.by_name.get("values")
    if values is None or values.type.kind != types.ARRAY:
        return None
    pointee = values.type.target
    if pointee.kind == types.POINTER and pointee.target.kind == types.RECORD:
        return pointee.target.members
    return None


def _inner(members: Members, slots: tuple[tuple[int, str], ...]) -> str:
    if _inner_members(members) is None:
        return ""
    return members.by_name["values"].type.target.target.tag or (slots[0][1] if slots else "")


def _slots(context: Context, cursor: clang.Cursor, record: CType) -> tuple[tuple[int, str], ...]:
    tree = initial_tree(context, cursor)
    if tree is None or tree.kind != kinds.INIT_LIST:
        return ()
    found = []
    for part in initializers.parts(record, tree):
        if len(part.steps) < 2 or part.steps[0].name != "values":
            continue
        if name := address_in(context, part.tree):
            found.append((part.steps[1].position, name))
    return tuple(found)
