"""What transfer functions know of the run that they are part of, and who they tell.

A transfer function computes states and announces what happens. Observers turn that into events.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal, NamedTuple, Protocol

from bpf_lint import ir
from bpf_lint.dataflow.domain.atoms import Value
from bpf_lint.dataflow.domain.state import Frame, State
from bpf_lint.dataflow.engine.effects import Effects
from bpf_lint.dataflow.engine.environment import Environment, HelperModel
from bpf_lint.dataflow.engine.evaluate import Evaluator
from bpf_lint.dataflow.engine.flow import Flow
from bpf_lint.dataflow.engine.memo import Outcome, Result
from bpf_lint.model.place import Place


class Caller(Protocol):
    """Runs calls of functions; see `Interpreter`."""

    @property
    def depth(self) -> int:
        """Calls that are inside each other here."""
        ...

    @property
    def observers(self) -> Observers:
        """Who is told of what happens."""
        ...

    def flow(self, function: ir.Function) -> Flow:
        """Facts of a function's control flow."""
        ...

    def is_thin(self, function: ir.Function, stores: bool = False) -> bool:
        """True for a thin wrapper."""
        ...

    def call(
        self,
        environment: Environment,
        name: str,
        arguments: tuple[Value, ...],
        outer: Frame,
        state: State,
    ) -> Outcome:
        """The outcome of a call of a function of the unit."""
        ...


class Context(Protocol):
    """One run of one function, as transfer functions see it; see `Activation`."""

    @property
    def interpreter(self) -> Caller:
        """Runs what the function calls."""
        ...

    @property
    def environment(self) -> Environment:
        """The unit."""
        ...

    @property
    def function(self) -> ir.Function:
        """The function that runs."""
        ...

    @property
    def frame(self) -> Frame:
        """Its memory."""
        ...

    @property
    def flow(self) -> Flow:
        """Facts of its control flow."""
        ...

    @property
    def evaluator(self) -> Evaluator:
        """Values of its expressions."""
        ...

    @property
    def effects(self) -> Effects:
        """Its writes to memory, and what its caller is told."""
        ...

    @property
    def observers(self) -> Observers:
        """Who is told of what happens."""
        ...

    @property
    def returned(self) -> dict[tuple[object, ...], Result]:
        """Its results so far, by class."""
        ...

    def enter(self, block: int, state: State) -> None:
        """Queue a state at a block."""
        ...

    def give(self, instruction: ir.Call, value: Value, state: State) -> None:
        """Put a call's result where the instruction wants it."""
        ...


class HelperCall(NamedTuple):
    """A helper call about to happen: where it stands, what is called, with what, in which state."""

    activation: Context
    call: ir.Call
    model: HelperModel
    arguments: tuple[Value, ...]
    state: State


# Facts of the packet that cost work: its type, as `pkt_type` of the context has it, its first
# bytes, the byte order of its numbers, and which numbers were made of it before its room changed;
# and of the context, which numbers are no device's, and whether the mark is the one that came.
Followed = Literal["type", "frame", "order", "layout", "numbers", "mark"]


class Observer:
    """Is told what happens, and emits events; what it leaves out here it is not asked for.

    What is announced more than once, as in the turns of a loop, is one event if it is the same.
    States are those before whatever is announced; observers do not change them.

    Attributes:
        follows: Facts of the packet that are followed for it, and for nobody else.
    """

    follows: ClassVar[frozenset[Followed]] = frozenset()

    def helper(self, made: HelperCall, effect: Any) -> None:
        """A helper of the kernel model is called; a tail call is one of them."""

    def called(
        self,
        activation: Context,
        call: ir.Call,
        name: str,
        arguments: tuple[Value, ...],
        state: State,
    ) -> None:
        """A function of the unit is called."""

    def unfollowed(self, activation: Context, call: ir.Call, kind: str, text: str) -> None:
        """A call is not followed.

        Args:
            kind: What is called: a "helper" that the kernel model does not have, a "callee" of a
                name that nothing defines, an "external" function, which another object can
                define, a "pointer" that may hold something else; or why it is not: "recursion"
                of what runs already, calls to a "depth" that is a limit.
            text: Its name, or what it is.
        """

    def assigned(
        self, activation: Context, instruction: ir.Set, bits: int, value: Value, state: State
    ) -> None:
        """A value is put into a register of so many bits, to which it is yet to be cut."""

    def loaded(self, activation: Context, load: ir.Load, address: Value, value: Value) -> None:
        """Memory is read, for whatever purpose."""

    def stored(
        self, activation: Context, instruction: ir.Store, address: Value, value: Value, state: State
    ) -> None:
        """A value of the width of the memory is written there."""

    def copied(
        self,
        activation: Context,
        target: Value,
        source: Value,
        bits: int,
        place: Place,
        state: State,
    ) -> None:
        """Memory is copied."""

    def compared(self, activation: Context, branch: ir.Branch, state: State) -> None:
        """A branch tests its condition."""

    def branched(
        self, activation: Context, block: int, then: bool, otherwise: bool, value: Value
    ) -> None:
        """A branch was taken to one side or both; `value` is what its condition was."""

    def left(self, activation: Context) -> None:
        """A run of a function has ended; `returned` is empty where no path leads back."""

    def returned(self, activation: Context, end: ir.Return, value: Value, state: State) -> None:
        """A function returns."""


class Observers:
    """Those who are told, by what they are told: only who asks for something is called."""

    def __init__(self, observers: Sequence[Observer] = ()) -> None:
        def asking(name: str) -> tuple[Callable[..., None], ...]:
            inherited = getattr(Observer, name)
            asked = (one for one in observers if getattr(type(one), name) is not inherited)
            return tuple(getattr(one, name) for one in asked)

        self.follows = frozenset[Followed]().union(*(one.follows for one in observers))
        self.helper = asking("helper")
        self.called = asking("called")
        self.unfollowed = asking("unfollowed")
        self.assigned = asking("assigned")
        self.loaded = asking("loaded")
        self.stored = asking("stored")
        self.copied = asking("copied")
        self.compared = asking("compared")
        self.branched = asking("branched")
        self.left = asking("left")
        self.returned = asking("returned")
