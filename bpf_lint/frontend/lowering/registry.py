"""Tables from cursor kinds to the functions that lower them.

Expressions, statements and calls are mutually recursive; they meet here instead of
importing each other.
"""

from __future__ import annotations

from collections.abc import Callable

from bpf_lint.frontend import kinds
from bpf_lint.frontend.lowering.function import Lowering
from bpf_lint.frontend.lowering.location import Location
from bpf_lint.frontend.syntax import Syntax
from bpf_lint.ir import nodes as ir

ValueRule = Callable[[Lowering, Syntax], ir.Expr]
EffectRule = Callable[[Lowering, Syntax], None]
LocationRule = Callable[[Lowering, Syntax], Location]

VALUES: dict[int, ValueRule] = {}
EFFECTS: dict[int, EffectRule] = {}
TRUTH: list[ValueRule] = []
LOCATIONS: dict[int, LocationRule] = {}


def value_of(*numbers: int) -> Callable[[ValueRule], ValueRule]:
    """Register how a kind of expression gives its value (of a record: its address)."""

    def register(rule: ValueRule) -> ValueRule:
        VALUES.update(dict.fromkeys(numbers, rule))
        return rule

    return register


def effect_of(*numbers: int) -> Callable[[EffectRule], EffectRule]:
    """Register how a statement, or an expression whose value is dropped, is lowered."""

    def register(rule: EffectRule) -> EffectRule:
        EFFECTS.update(dict.fromkeys(numbers, rule))
        return rule

    return register


def location_of(*numbers: int) -> Callable[[LocationRule], LocationRule]:
    """Register where a kind of expression lies in memory or registers."""

    def register(rule: LocationRule) -> LocationRule:
        LOCATIONS.update(dict.fromkeys(numbers, rule))
        return rule

    return register


def value(low: Lowering, tree: Syntax) -> ir.Expr:
    """Return the value of an expression; of a record or array, its address."""
    rule = VALUES.get(tree.kind)
    if rule is None:
        return ir.Opaque(f"expression kind {tree.kind}")
    return rule(low, tree)


def effect(low: Lowering, tree: Syntax) -> None:
    """Lower a statement, or an expression for its effects."""
    rule = EFFECTS.get(tree.kind)
    if rule is not None:
        rule(low, tree)
    elif kinds.is_expression(tree.kind):
        value(low, tree)


def locate(low: Lowering, tree: Syntax) -> Location:
    """Return where an lvalue lies."""
    return LOCATIONS.get(tree.kind, _unknown_location)(low, tree)


def truth(low: Lowering, tree: Syntax) -> ir.Expr:
    """Return a condition with `&&` or `||` as 0 or 1 in a temporary."""
    return TRUTH[0](low, tree)


def _unknown_location(low: Lowering, tree: Syntax) -> Location:
    type_ = tree.type
    return Location(value(low, tree), -1, type_.bits, type_.signed)
