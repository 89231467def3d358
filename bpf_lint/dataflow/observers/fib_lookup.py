"""FIB lookups, with the ifindex that they are given."""

from __future__ import annotations

from typing import Any, ClassVar

from bpf_lint.config.effects import FibLookupEffect
from bpf_lint.dataflow.domain.values import Origin, configured
from bpf_lint.dataflow.engine.context import HelperCall
from bpf_lint.dataflow.engine.fibhelpers import given
from bpf_lint.dataflow.observers.aimed import Aimed, AimedKind
from bpf_lint.dataflow.observers.kind import Facts, Moment
from bpf_lint.dataflow.observers.narrowing import bits_told


class FibLookup(Aimed, frozen=True):
    """A FIB lookup ran with this input ifindex."""

    kind: ClassVar[str] = "fib_lookup"


class FibLookups(AimedKind):
    """FIB lookups."""

    name = "fib_lookup"
    plural = "FIB lookups"

    def helper(self, made: HelperCall, effect: Any) -> None:
        """See `Observer`."""
        if isinstance(effect, FibLookupEffect):
            asked = given(made, effect)
            if asked is not None:
                told = FibLookup(made.model.name, configured(asked))
                made.activation.effects.emit(made.call.place, told)

    def target_facts(self, moment: Moment, atom: Origin | None, facts: Facts) -> Facts:
        """See `EventKind`."""
        return bits_told(moment.whole, atom)
