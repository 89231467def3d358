"""IR node types.

A function is a control-flow graph of basic blocks. Expressions inside instructions are
trees without side effects; calls, stores, `?:`, `&&`, `||` and statement expressions are
lowered to instructions and blocks with temporary registers. Memory is addressed in bits:
every struct member, array element and cast is an offset decided at lowering.

All nodes are frozen, compare by identity (`eq=False`) and encode to msgpack.
"""

from __future__ import annotations

from typing import Union

import msgspec

from bpf_lint.model.place import Place


class Node(msgspec.Struct, frozen=True, gc=False, eq=False, array_like=True, tag=True):
    """Base of all IR nodes."""


# --- expressions: values and addresses -------------------------------------------------


class Const(Node, frozen=True):
    """An integer constant, sign already applied."""

    value: int


class Symbol(Node, frozen=True):
    """A named constant: an enumerator, or an integer literal that a macro spells.

    `name` is the enumerator's or macro's name, `value` the number it stands for; `also` are the
    enumerators that it is defined as, the nearest first.
    """

    name: str
    value: int
    place: Place
    also: tuple[str, ...] = ()


class Reg(Node, frozen=True):
    """The value of a register: a temporary, or a scalar local whose address is never taken."""

    index: int


class Local(Node, frozen=True):
    """The address of a local variable kept in memory; `name` is unique in the function."""

    name: str


class Global(Node, frozen=True):
    """The address of a file-scope (or function-static) variable, map or string."""

    name: str


class FunctionAddress(Node, frozen=True):
    """The address of a function defined or declared in the unit."""

    name: str


class Field(Node, frozen=True):
    """The address `bits` beyond `base`, of member `name` ("struct_tag.member")."""

    base: Expr
    bits: int
    name: str


class Index(Node, frozen=True):
    """The address of element `index` of an array (or pointer) with elements of `stride` bits."""

    base: Expr
    index: Expr
    stride: int


class Load(Node, frozen=True):
    """The scalar of `bits` at `address`; bit-fields use their own width and bit offset."""

    address: Expr
    bits: int
    signed: bool
    place: Place


class Unary(Node, frozen=True):
    """`op` is one of "-", "~", "!", "constant_p", "volatile" (what may have become of a number)."""

    op: str
    operand: Expr
    bits: int
    signed: bool


class Binary(Node, frozen=True):
    """`op` is a C operator without side effects; && and || are lowered to blocks.

    Pointer arithmetic is lowered to `Index` instead. `signed` says how to compare and shift.
    """

    op: str
    left: Expr
    right: Expr
    bits: int
    signed: bool


class Cast(Node, frozen=True):
    """An integer conversion to `bits`; conversions between pointers disappear."""

    operand: Expr
    bits: int
    signed: bool
    place: Place


class Opaque(Node, frozen=True):
    """A value the front end cannot describe, and why."""

    reason: str


Expr = Union[
    Const,
    Symbol,
    Reg,
    Local,
    Global,
    FunctionAddress,
    Field,
    Index,
    Load,
    Unary,
    Binary,
    Cast,
    Opaque,
]


# --- instructions ------------------------------------------------------------------------


class Set(Node, frozen=True):
    """Assign a register."""

    reg: int
    value: Expr
    place: Place


class Store(Node, frozen=True):
    """Write a scalar of `bits` to memory."""

    address: Expr
    value: Expr
    bits: int
    place: Place


class Copy(Node, frozen=True):
    """Copy `bits` of a record or array; `overlaps`: also right where the two overlap (memmove)."""

    target: Expr
    source: Expr
    bits: int
    place: Place
    overlaps: bool = False


class Clear(Node, frozen=True):
    """Fill `bits` with zero (`zero`) or with undefined contents (a declaration)."""

    address: Expr
    bits: int
    zero: bool
    place: Place


class Call(Node, frozen=True):
    """Call a function, helper or pointer.

    Args:
        result: Register that takes the result, or -1 when the source ignores it.
        callee: Name of a function of the unit, or "" where `helper` or `pointer` is used.
        helper: BPF helper number, or -1.
        pointer: The called expression where neither is known, else None.
        arguments: Values; records passed by value are passed as the address of a copy.
        bits: Width of the result, 0 for void.
        used: False for an expression statement whose value is dropped.
        result_address: Address that takes a record returned by value, or None.
    """

    result: int
    callee: str
    helper: int
    pointer: Expr | None
    arguments: tuple[Expr, ...]
    bits: int
    used: bool
    place: Place
    result_address: Expr | None = None


class Havoc(Node, frozen=True):
    """Inline assembly or a builtin with unknown effect on registers and addresses."""

    regs: tuple[int, ...]
    addresses: tuple[tuple[Expr, int], ...]
    reason: str
    place: Place


Instruction = Union[Set, Store, Copy, Clear, Call, Havoc]


# --- terminators -------------------------------------------------------------------------


class Jump(Node, frozen=True):
    """Continue at block `target`."""

    target: int


class Branch(Node, frozen=True):
    """Two-way branch; `likely` macros, `!!` and `__builtin_expect` are stripped."""

    condition: Expr
    then: int
    otherwise: int
    place: Place


class Switch(Node, frozen=True):
    """Multi-way branch; `cases` are (low, high, block), inclusive; GNU ranges allowed."""

    value: Expr
    cases: tuple[tuple[int, int, int], ...]
    default: int
    place: Place


class Return(Node, frozen=True):
    """Leave the function."""

    value: Expr | None
    place: Place


class Trap(Node, frozen=True):
    """The path ends here: `__builtin_trap`, `__builtin_unreachable`, a build-time error."""

    place: Place


Terminator = Union[Jump, Branch, Switch, Return, Trap]


class Block(Node, frozen=True):
    """A basic block; block 0 of a function is its entry."""

    instructions: tuple[Instruction, ...]
    end: Terminator


# --- functions, variables, units -----------------------------------------------------------


class Parameter(Node, frozen=True):
    """A parameter: held in register `reg`, or in memory local `local` when `reg` is -1."""

    name: str
    reg: int
    local: str
    bits: int
    signed: bool


class LocalVariable(Node, frozen=True):
    """A local kept in memory, and its size."""

    name: str
    bits: int


class Function(Node, frozen=True):
    """A function body.

    Args:
        key: Content key: equal keys mean equal IR, in any unit or configuration.
        section: ELF section attribute, "" where absent.
        tags: btf_decl_tag strings.
        regs: Number of registers; `reg_names[i]` is the variable's name, or "" for temporaries.
        reg_widths: (bits, signed) of each register.
        calls: Names of functions referred to (called, or address taken).
        globals: Names of file-scope variables referred to.
        counts: True where the number of a line is in it as something else than a place.
    """

    name: str
    key: str
    place: Place
    section: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    result_bits: int
    result_signed: bool
    locals: tuple[LocalVariable, ...]
    regs: int
    reg_names: tuple[str, ...]
    reg_widths: tuple[tuple[int, bool], ...]
    blocks: tuple[Block, ...]
    calls: tuple[str, ...]
    globals: tuple[str, ...]
    counts: bool = False


class Initial(Node, frozen=True):
    """An initial value of part of a variable: an integer, or the address of something.

    `symbol` is the macro or enumerator that spells the integer, if one does.
    """

    offset: int
    bits: int
    value: int
    address: str = ""
    symbol: Symbol | None = None


class Variable(Node, frozen=True):
    """A file-scope variable, seen by name.

    Args:
        type_name: Its type as written ("struct bpf_elf_map", "const volatile __u32").
        bits: Size, 0 where unknown (extern incomplete).
        constant: True for const (also const volatile) variables, and those that nobody writes.
        internal: True where no other unit can name it.
        linked: True where other units name it, too: there is one for all of them.
        defined: False for extern declarations only.
        initial: Explicit initial values; the rest is zero when `defined`.
    """

    name: str
    place: Place
    section: str
    type_name: str
    bits: int
    constant: bool
    defined: bool
    initial: tuple[Initial, ...] = ()
    internal: bool = False
    linked: bool = False


class Map(Node, frozen=True):
    """A BPF map declaration of any style (struct bpf_elf_map, bpf_map_def, BTF).

    Args:
        kind: Map type without the BPF_MAP_TYPE_ prefix, lower case ("prog_array", "lru_hash").
        key_bits, value_bits: Sizes, 0 where unknown; the values are those of the inner maps in a
            map of maps that declares them.
        loader_id: The `id` of a bpf_elf_map (iproute2 sections "ID/KEY"), -1 where absent.
        pinned: True for maps that other objects share by name.
        inner: Name of the inner map or of its type, for map-in-map.
        slots: Static contents: (index, function or map name).
    """

    name: str
    place: Place
    kind: str
    key_bits: int
    value_bits: int
    max_entries: int
    loader_id: int = -1
    pinned: bool = False
    inner: str = ""
    slots: tuple[tuple[int, str], ...] = ()


class Diagnostic(Node, frozen=True):
    """A message of the compiler; severity is "warning", "error" or "fatal"."""

    severity: str
    text: str
    place: Place


class Unit(Node, frozen=True):
    """One parsed program: a translation unit under one set of flags.

    Args:
        path: Source path, relative to the report root.
        functions: Everything that can be reached from functions with a section, by name.
        entries: Names of functions with a program section, in source order.
        layouts: Member -> (bit offset, bits) of records the kernel model names
            ("bpf_fib_lookup.ifindex", "__sk_buff.cb").
        files: Every file read for it, for the cache (path, as the compiler opened it).
        errors: Compiler errors. What they leave whole is in `functions`.
        opaque: Functions that entries reach and that errors left out, and why.
        missing: Headers that were not found, as they are included.
        loose: Errors outside of any declaration ("path:line: text"): nobody knows what they took.
        defined: Number of functions defined in the unit.
        wanted: Functions that are called and that another unit can define: only declared, or weak.
        exports: Functions that it defines for other units; programs and weak ones are left out.
        counts: True where, outside of functions, the number of a line is more than a place.
    """

    path: str
    functions: dict[str, Function]
    entries: tuple[str, ...]
    variables: dict[str, Variable]
    maps: dict[str, Map]
    layouts: dict[str, tuple[int, int]]
    files: tuple[str, ...]
    errors: tuple[Diagnostic, ...]
    defined: int
    opaque: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()
    counts: bool = False

    @property
    def whole(self) -> bool:
        """True where nothing that an entry reaches was left out."""
        return not (self.opaque or self.missing or self.loose)
