"""C written inside rule files: conditions (`when`) and helper prototypes, read by pycparser.

A condition becomes one Python closure over an environment. Names that the environment does
not have count as 0, as in `#if`; `defined(NAME)` asks whether it has them.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import msgspec

from bpf_lint.model.errors import ConfigError
from bpf_lint.model.integers import quotient

Environment = Mapping[str, Any]
Evaluate = Callable[[Environment], Any]

DEFINED = re.compile(r"\bdefined\s+([A-Za-z_]\w*)")
KERNEL_TYPE = re.compile(
    r"\b(?:(?:__)?[us](?:8|16|32|64)|__(?:be|le)(?:16|32|64)|__wsum|bool|\w+_t)\b"
)
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "/": lambda left, right: _quotient(left, right),
    "%": lambda left, right: left - right * _quotient(left, right),
}


class Condition(msgspec.Struct, frozen=True, eq=False):
    """A compiled C expression.

    Args:
        text: As written.
        names: Every name it reads, members dotted ("target.netns").
        calls: Every function it calls, but `defined`.
        evaluate: Value in an environment; 0, 1 or whatever the names hold.
    """

    text: str
    names: frozenset[str]
    calls: frozenset[str]
    evaluate: Evaluate

    def holds(self, environment: Environment) -> bool:
        """True where the expression is not 0, empty or None."""
        return _true(self.evaluate(environment))


class Argument(msgspec.Struct, frozen=True):
    """A parameter of a helper: name, type as C, and whether it is a pointer."""

    name: str
    type: str
    pointer: bool


class Prototype(msgspec.Struct, frozen=True):
    """A helper's C prototype."""

    name: str
    result: str
    parameters: tuple[Argument, ...]

    def index(self, name: str) -> int:
        """Position of the parameter `name`, or -1."""
        return next((at for at, one in enumerate(self.parameters) if one.name == name), -1)


@cache
def condition(text: str) -> Condition:
    """Compile a C expression; an empty one always holds.

    Raises:
        ConfigError: It is not a C expression, or uses C that conditions do not have.
    """
    if not text.strip():
        return Condition(text, frozenset(), frozenset(), lambda environment: 1)
    source = DEFINED.sub(r"defined(\1)", " ".join(text.split()))
    tree = _parse(f"int condition = ({source});", text).ext[0].init
    reader = _Reader(text)
    evaluate = reader.compile(tree)
    return Condition(text, frozenset(reader.names), frozenset(reader.calls), evaluate)


@cache
def prototype(text: str) -> Prototype:
    """Read a C prototype of a helper.

    Type names need no declaration: every identifier before a parameter's name is a type.

    Raises:
        ConfigError: It is not one function declaration with named parameters.
    """
    flat = " ".join(text.split()).rstrip("; ")
    unknown = sorted(set(KERNEL_TYPE.findall(flat)))
    declared = "".join(f"typedef int {name}; " for name in unknown)
    tree = _parse(f"{declared}{flat};", text)
    found = tree.ext[-1] if len(tree.ext) == len(unknown) + 1 else None
    if found is None or type(getattr(found, "type", None)).__name__ != "FuncDecl":
        raise ConfigError(f"not a C prototype: {flat}")
    written = found.type.args.params if found.type.args else []
    parameters = tuple(_argument(one) for one in written if _c(one) != "void")
    return Prototype(found.name, _c(found.type.type), parameters)


def _argument(node: Any) -> Argument:
    name = getattr(node, "name", None) or ""
    if type(node).__name__ == "EllipsisParam":
        return Argument("...", "...", False)
    kind = type(node.type).__name__
    return Argument(name, _c(node).removesuffix(name).strip(), kind in ("PtrDecl", "ArrayDecl"))


def _c(node: Any) -> str:
    """A node as C text again."""
    from pycparser.c_generator import CGenerator

    node = node.type if type(node).__name__ == "TypeDecl" else node
    return str(CGenerator().visit(node)).strip()


def _parse(source: str, text: str) -> Any:
    from pycparser.c_parser import CParser

    try:
        return CParser().parse(source, "")
    except Exception as error:  # pycparser's error class has moved between versions
        reason = str(error).split(": ", 1)[-1]
        raise ConfigError(f"not a C expression or prototype: {text.strip()} ({reason})") from None


class _Reader:
    """Turns pycparser's nodes into closures, and collects names."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.names: set[str] = set()
        self.calls: set[str] = set()

    def compile(self, node: Any) -> Evaluate:
        method = getattr(self, "read_" + type(node).__name__.lower(), None)
        if method is None:
            what = type(node).__name__
            raise ConfigError(f"C that conditions cannot hold ({what}): {self.text.strip()}")
        result: Evaluate = method(node)
        return result

    def read_constant(self, node: Any) -> Evaluate:
        value = constant(node.type, node.value)
        return lambda environment: value

    def read_id(self, node: Any) -> Evaluate:
        return self.name(node.name)

    def read_structref(self, node: Any) -> Evaluate:
        return self.name(self.dotted(node))

    def name(self, dotted: str) -> Evaluate:
        self.names.add(dotted)
        return lambda environment: look_up(environment, dotted)

    def dotted(self, node: Any) -> str:
        kind = type(node).__name__
        if kind == "StructRef":
            return f"{self.dotted(node.name)}.{node.field.name}"
        if kind == "ID":
            return str(node.name)
        raise ConfigError(f"members of names only: {self.text.strip()}")

    def read_unaryop(self, node: Any) -> Evaluate:
        inner = self.compile(node.expr)
        if node.op == "!":
            return lambda environment: int(not _true(inner(environment)))
        if node.op == "-":
            return lambda environment: -_number(inner(environment))
        if node.op == "~":
            return lambda environment: ~_number(inner(environment))
        if node.op == "+":
            return inner
        raise ConfigError(f'operator "{node.op}" is not for conditions: {self.text.strip()}')

    def read_binaryop(self, node: Any) -> Evaluate:
        left, right, op = self.compile(node.left), self.compile(node.right), node.op
        if op == "&&":
            return lambda environment: int(_true(left(environment)) and _true(right(environment)))
        if op == "||":
            return lambda environment: int(_true(left(environment)) or _true(right(environment)))
        apply = OPERATORS[op]
        if op in ("==", "!="):
            return lambda environment: int(apply(*_alike(left(environment), right(environment))))
        return lambda environment: int(
            apply(_number(left(environment)), _number(right(environment)))
        )

    def read_ternaryop(self, node: Any) -> Evaluate:
        test, yes, no = (self.compile(one) for one in (node.cond, node.iftrue, node.iffalse))
        return lambda environment: yes(environment) if _true(test(environment)) else no(environment)

    def read_cast(self, node: Any) -> Evaluate:
        return self.compile(node.expr)

    def read_funccall(self, node: Any) -> Evaluate:
        called = self.dotted(node.name)
        nodes = list(node.args.exprs) if node.args else []
        if called == "defined":
            name = self.dotted(nodes[0])
            self.names.add(name)
            return lambda environment: int(look_up(environment, name, None) is not None)
        self.calls.add(called)
        arguments = [self.compile(one) for one in nodes]
        return lambda environment: environment[called](*(one(environment) for one in arguments))


def look_up(environment: Environment, dotted: str, missing: Any = 0) -> Any:
    """The value of a dotted name: a dotted key, or members of what its first part holds."""
    if dotted in environment:
        return environment[dotted]
    head, *members = dotted.split(".")
    value = environment.get(head, missing)
    for member in members:
        if isinstance(value, Mapping):
            value = value.get(member, missing)
        else:
            value = getattr(value, member, missing)
    return value


def _number(value: Any) -> Any:
    """What arithmetic and order work on: text that spells a number is that number."""
    if isinstance(value, str):
        return number(value) or 0
    return 0 if value is None else value


def _quotient(left: int, right: int) -> int:
    """C's division, towards zero; 0 where C has no answer."""
    if not right:
        return 0
    return quotient(left, right)


def _true(value: Any) -> bool:
    """C's truth: a macro whose text is a number is true where the number is not 0."""
    written = number(value) if isinstance(value, str) else None
    return bool(value if written is None else written)


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """Two sides of a comparison; a macro's text is a number next to a number."""
    if isinstance(left, str) and isinstance(right, int):
        return _number(left), right
    if isinstance(left, int) and isinstance(right, str):
        return left, _number(right)
    return left, right


def number(text: str) -> int | None:
    """The value of a C integer literal, None for any other text."""
    digits = text.strip().strip("()").rstrip("uUlL").lower()
    try:
        octal = re.fullmatch(r"[+-]?0[0-7]+", digits)
        return int(digits, 8) if octal else int(digits, 0)
    except ValueError:
        return None


def constant(kind: str, text: str) -> Any:
    """The value of a literal: text for strings, a number for integers and characters."""
    if kind == "string":
        return text[1:-1].encode().decode("unicode_escape")
    if kind == "char":
        return ord(text[1:-1].encode().decode("unicode_escape"))
    value = number(text)
    return float(text.rstrip("fFlL")) if value is None else value
