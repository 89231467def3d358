"""Parsing all programs of a run: each distinct program and flags once, in several processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from bpf_lint.cache.folder import Folder, key_of
from bpf_lint.cache.packing import pack, unpack
from bpf_lint.callgraph.linking import wanted_from
from bpf_lint.config.effects import FibLookupEffect, PacketEffect
from bpf_lint.config.kernel_schema import KernelModel
from bpf_lint.config.schema import Profile
from bpf_lint.contexts.jobs import SystemJob, UnitJob
from bpf_lint.files.reach import Reach
from bpf_lint.ir.nodes import Function, Unit
from bpf_lint.model.errors import InputError
from bpf_lint.pipeline import crew
from bpf_lint.pipeline.limits import Limits
from bpf_lint.pipeline.request import Progress
from bpf_lint.pipeline.unitstore import Origin, Stock, UnitStore
from bpf_lint.sources.tree import special_files

if TYPE_CHECKING:
    from bpf_lint.frontend import FrontEnd

LIMITS = Limits()


class Task(msgspec.Struct, frozen=True):
    """One program under all its flags: what one process parses.

    Args:
        reach: Where headers may lie.
        special: Paths of the tree that are no files: devices, FIFOs, and links to such.
        alternatives: Other flags for a key, to be tried where the first do not compile.
        stock: An earlier run's units. They are no longer right, but many of their functions are.
    """

    root: str
    path: str
    name: str
    flags: dict[str, tuple[str, ...]]
    layouts: tuple[str, ...]
    roots: tuple[str, ...]
    reach: Reach
    special: tuple[str, ...] = ()
    alternatives: dict[str, tuple[tuple[str, ...], ...]] = {}
    stock: Stock | None = None


class Parsed(msgspec.Struct, frozen=True):
    """Units by key, and what went wrong with the others.

    Args:
        partial: What is not whole in units that are not.
        origins: What units of earlier runs were, where their lines have moved since.
    """

    units: dict[str, Unit]
    failed: dict[str, str]
    partial: dict[str, str] = {}
    origins: dict[str, Origin] = {}


def unit_key(unit: UnitJob) -> str:
    """Equal for units that parse to the same: same file, same flags."""
    return key_of(unit.name, *("\0".join(flags) for flags in (unit.flags, *unit.alternatives)))


def tasks(
    root: str,
    systems: Iterable[SystemJob],
    kernel: KernelModel,
    profile: Profile,
    reach: Reach,
) -> list[Task]:
    """The parsing that systems need, by program."""
    flags: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {}
    alternatives: dict[str, tuple[tuple[str, ...], ...]] = {}
    for system in systems:
        for unit in system.units:
            flags.setdefault((unit.path, unit.name), {})[unit_key(unit)] = unit.flags
            alternatives[unit_key(unit)] = unit.alternatives
    layouts, roots = layouts_of(kernel, profile), roots_of(profile)
    return [
        Task(
            root,
            path,
            name,
            own,
            layouts,
            roots,
            reach,
            alternatives={key: alternatives[key] for key in own},
        )
        for (path, name), own in flags.items()
    ]


def with_wanted(work: Sequence[Task], parsed: Parsed) -> list[Task]:
    """Tasks to be done again, because other programs are linked with functions of these."""
    names = wanted_from(parsed.units.values())
    again = []
    for task in work:
        units = [parsed.units[key] for key in task.flags if key in parsed.units]
        wanted = set[str]().union(*(names.get(unit.path, ()) for unit in units))
        if any(not wanted <= unit.functions.keys() for unit in units):
            again.append(msgspec.structs.replace(task, roots=(*task.roots, *sorted(wanted))))
    return again


def layouts_of(kernel: KernelModel, profile: Profile) -> tuple[str, ...]:
    """Members ("record.member") that the kernel model names, and those that others depend on."""
    depending = [(one.field, *one.members()) for one in profile.fields if one.members()]
    fields = {f"{one.record}.{one.field}" for one in kernel.context}
    named = {
        name
        for one in kernel.helpers.values()
        if isinstance(one.effect, FibLookupEffect)
        for name in one.effect.members()
    }
    keys = {
        one.effect.address
        for one in kernel.helpers.values()
        if isinstance(one.effect, PacketEffect) and one.effect.address
    }
    others = {name for names in depending for name in names}
    return tuple(sorted(fields | named | keys | others))


def roots_of(profile: Profile) -> tuple[str, ...]:
    """Functions that are entries by name, whether or not they have a section."""
    attached = {name for one in profile.attachments for name in one.entries}
    called = {one.rpartition(":")[2] for array in profile.prog_arrays for one in array.programs}
    return tuple(sorted(attached | called))


def parse(
    work: Sequence[Task],
    jobs: int,
    cache: Folder,
    salt: str,
    progress: Progress,
    limits: Limits = LIMITS,
) -> Parsed:
    """Parse all programs, in processes of their own.

    Args:
        jobs: Processes.
        limits: What one program may take.
        cache: Units of earlier runs.
        salt: Part of the cache's keys: the version of everything that makes a unit.
    """
    pool: dict[str, Function] = {}
    units: dict[str, Unit] = {}
    failed: dict[str, str] = {}
    partial: dict[str, str] = {}
    origins: dict[str, Origin] = {}
    missing = []
    stores = {task.path: _store(task, cache, salt) for task in work}
    for task in work:
        store = stores[task.path]
        known = store.recall(task.flags, pool)
        units.update({key: one.unit for key, one in known.items()})
        origins.update({key: one.origin for key, one in known.items() if one.origin})
        left = {key: flags for key, flags in task.flags.items() if key not in known}
        if left:
            missing.append(msgspec.structs.replace(task, flags=left, stock=store.stock()))
        elif any(one.origin for one in known.values()):
            store.save(task.flags, units)
    done = len(work) - len(missing)
    progress("parsing", done, len(work))
    whole = {task.path: task for task in work}
    for task, data, errors in _run(_with_special(missing), jobs, limits):
        read = unpack(data, pool)
        units.update(read)
        failed.update(errors)
        partial.update({key: _left_out(unit) for key, unit in read.items() if not unit.whole})
        done += 1
        progress("parsing", done, len(work))
        kept = {key: unit for key, unit in units.items() if key not in partial}
        stores[task.path].save(whole[task.path].flags, kept)
    keys = [key for task in work for key in task.flags if key in units]
    return Parsed({key: units[key] for key in keys}, failed, partial, origins)


def _store(task: Task, cache: Folder, salt: str) -> UnitStore:
    """Where the units of a program are kept."""
    names = "\0".join((*task.layouts, "", *task.roots))
    return UnitStore(cache, salt, task.root, task.name, names, task.reach)


Result = tuple[Task, bytes, dict[str, str]]


def _with_special(work: Sequence[Task]) -> list[Task]:
    """Tasks that know what in their tree must not be opened."""
    found = {tree: special_files(tree) for tree in {task.reach.tree for task in work}}
    return [msgspec.structs.replace(task, special=found[task.reach.tree]) for task in work]


def _run(work: Sequence[Task], jobs: int, limits: Limits) -> Iterator[Result]:
    """The results of tasks, in their order, whatever the number of processes."""
    if work:  # imported here: what the cache answers needs none of it, and every process has it
        import bpf_lint.frontend  # noqa: F401
    # The largest programs first, so that no process is left with one at the end.
    order = sorted(range(len(work)), key=lambda at: -_cost(work[at]))
    done: dict[int, Result] = {}
    at = 0
    for index, result in crew.run(_work, [work[one] for one in order], jobs, limits):
        done[order[index]] = _result(work[order[index]], result)
        while at in done:
            yield done.pop(at)
            at += 1


def _result(task: Task, result: tuple[bytes, dict[str, str]] | crew.Exceeded) -> Result:
    if isinstance(result, crew.Exceeded):
        return task, pack({}), dict.fromkeys(task.flags, result.why)
    return task, *result


def _cost(task: Task) -> int:
    """About how long a program takes."""
    return Path(task.path).stat().st_size * len(task.flags)


def _work(task: Task, beat: crew.Beat) -> tuple[bytes, dict[str, str]]:
    """Parse one program under all its flags."""
    front_end = _front_end()
    _restock(front_end, task)
    units: dict[str, Unit] = {}
    failed: dict[str, str] = {}
    for key, flags in task.flags.items():
        beat()
        try:
            unit = _best(front_end, task, (flags, *task.alternatives.get(key, ())), beat)
        except InputError as error:
            failed[key] = str(error)
        except RecursionError:
            failed[key] = "is nested too deeply to be analysed"
        except MemoryError:
            failed[key] = "needs too much memory to be read"
        except Exception as error:  # one program must not take the others down
            failed[key] = f"internal error, please report it: {type(error).__name__}: {error}"
        else:
            if unit.errors and not unit.entries:
                failed[key] = _first_error(unit)
            else:
                units[key] = unit
    return pack(units), failed


def _best(
    front_end: FrontEnd, task: Task, choices: Iterable[tuple[str, ...]], beat: crew.Beat
) -> Unit:
    """The unit under the first flags that compile, or those that leave least out.

    After each choice with this machine's headers comes the same without: a header of a library
    that was not made for this target breaks more than it brings.
    """
    best: Unit | None = None
    for flags in choices:
        for own in (flags, (*flags, "-nostdinc")):
            if own == flags or "-nostdinc" not in flags:
                beat()
                unit = front_end.parse(
                    task.path, own, task.root, task.layouts, task.roots, task.reach, task.special
                )
                if best is None or _lost(unit) < _lost(best):
                    best = unit
                if not unit.errors or not _lost(best):
                    return best
    assert best is not None
    return best


def _lost(unit: Unit) -> int:
    """How much of a unit is not there; nothing of it at all counts most."""
    lost = len(unit.opaque) + len(unit.missing) + len(unit.loose)
    return lost + 1000 * (bool(unit.errors) and not unit.entries)


def _left_out(unit: Unit) -> str:
    """What of a unit is not whole: headers that nobody has, and functions."""
    parts = [f"'{name}' file not found" for name in unit.missing]
    parts += unit.loose
    parts += [f"{name}() is left out: {why}" for name, why in unit.opaque]
    return "; ".join(parts)


def _first_error(unit: Unit) -> str:
    first = unit.errors[0]
    more = f" (and {len(unit.errors) - 1} more)" if len(unit.errors) > 1 else ""
    missing = [f"{first.place}: '{name}' file not found" for name in unit.missing]
    return "; ".join(missing) or f"{first.place}: {first.text}{more}"


@lru_cache(maxsize=1)
def _front_end() -> FrontEnd:
    """The front end of this process; it keeps lowered functions for the next parse."""
    from bpf_lint.frontend import FrontEnd

    return FrontEnd()


def _restock(front_end: FrontEnd, task: Task) -> None:
    """Give the front end the functions of an earlier run, so that it lowers only new ones."""
    front_end.kept.lines_moved({})
    if task.stock:
        front_end.kept.lines_moved(task.stock.lines(task.root))
        for function in task.stock.functions():
            front_end.store.put(function.key, function)
