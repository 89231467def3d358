"""All kinds of events, found by the files that hold them."""

from __future__ import annotations

from collections.abc import Collection
from importlib import import_module
from pkgutil import iter_modules

from bpf_lint.dataflow import observers
from bpf_lint.dataflow.observers.kind import EventKind


def _found() -> dict[str, EventKind]:
    found: dict[str, EventKind] = {}
    for file in sorted(one.name for one in iter_modules(observers.__path__)):
        if file != __name__.rpartition(".")[2]:
            module = import_module(f"{observers.__name__}.{file}")
            for one in vars(module).values():
                if isinstance(one, type) and issubclass(one, EventKind) and hasattr(one, "name"):
                    found.setdefault(one.name, one())
    return found


# By name.
KINDS: dict[str, EventKind] = _found()


def observers_of(names: Collection[str] | None) -> list[EventKind]:
    """The kinds of events with these names, all where it is None, in the order of their files."""
    return [kind for name, kind in KINDS.items() if names is None or name in names]
