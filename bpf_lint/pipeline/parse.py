"""Parsing all programs of a run: each distinct program and flags once, in several processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import msgspec

from bpf_lint.cache.folder import Folder, key_of
from bpf_lint.cache.manifest import Manifest, manifest
from bpf_lint.cache.packing import pack, unpack
from bpf_lint.config.effects import FibLookupEffect
from bpf_lint.config.schema import KernelModel, Profile
from bpf_lint.contexts.jobs import SystemJob, UnitJob
from bpf_lint.frontend import FrontEnd
from bpf_lint.ir.nodes import Function, Unit
from bpf_lint.model.errors import InputError
from bpf_lint.pipeline.request import Progress
from bpf_lint.pipeline.workers import workers

Key = str

_HEADER_HINT = (
    ": name its folder with -I in the flags of [front_end] in bpf-lint.toml, or take the flags "
    "of the build with -p DIR"
)


class Task(msgspec.Struct, frozen=True):
    """One program under all its flags: what one process parses.

    Args:
        stock: Cache folder and key of an earlier run's units. They are no longer right, but
            many of their functions are.
    """

    root: str
    path: str
    name: str
    flags: dict[Key, tuple[str, ...]]
    layouts: tuple[str, ...]
    roots: tuple[str, ...]
    stock: tuple[Path, str] | None = None


class Parsed(msgspec.Struct, frozen=True):
    """Units by key, and what went wrong with the others."""

    units: dict[Key, Unit]
    failed: dict[Key, str]


class _Saved(msgspec.Struct, frozen=True, array_like=True):
    """A cache entry: one program's units and what they were made of."""

    manifests: dict[Key, Manifest]
    data: bytes


def unit_key(unit: UnitJob) -> Key:
    """Equal for units that parse to the same: same file, same flags."""
    return key_of(unit.path, "\0".join(unit.flags))


def tasks(
    root: str, systems: Iterable[SystemJob], kernel: KernelModel, profile: Profile
) -> list[Task]:
    """The parsing that systems need, by program."""
    flags: dict[tuple[str, str], dict[Key, tuple[str, ...]]] = {}
    for system in systems:
        for unit in system.units:
            flags.setdefault((unit.path, unit.name), {})[unit_key(unit)] = unit.flags
    layouts, roots = layouts_of(kernel), roots_of(profile)
    return [Task(root, path, name, own, layouts, roots) for (path, name), own in flags.items()]


def layouts_of(kernel: KernelModel) -> tuple[str, ...]:
    """Members ("record.member") that the kernel model names."""
    fields = {f"{one.record}.{one.field}" for one in kernel.context}
    named = {
        name
        for one in kernel.helpers.values()
        if isinstance(one.effect, FibLookupEffect)
        for name in (one.effect.ifindex, *one.effect.addresses)
    }
    return tuple(sorted(fields | named))


def roots_of(profile: Profile) -> tuple[str, ...]:
    """Functions that are entries by name, whether or not they have a section."""
    attached = {name for one in profile.attachments for name in one.entries}
    called = {one.rpartition(":")[2] for array in profile.prog_arrays for one in array.programs}
    return tuple(sorted(attached | called))


def parse(work: Sequence[Task], jobs: int, cache: Folder, salt: str, progress: Progress) -> Parsed:
    """Parse all programs.

    Args:
        jobs: Processes.
        cache: Units of earlier runs.
        salt: Part of the cache's keys: the version of everything that makes a unit.
    """
    pool: dict[str, Function] = {}
    units: dict[Key, Unit] = {}
    failed: dict[Key, str] = {}
    missing = []
    for task in work:
        units.update(_saved(task, cache, salt, pool))
        left = {key: flags for key, flags in task.flags.items() if key not in units}
        if left:
            stock = (cache.path, _cache_key(task, salt)) if cache.path else None
            missing.append(msgspec.structs.replace(task, flags=left, stock=stock))
    done = len(work) - len(missing)
    progress("parsing", done, len(work))
    for task, data, errors in _run(missing, jobs):
        units.update(unpack(data, pool))
        failed.update(errors)
        done += 1
        progress("parsing", done, len(work))
        _save(task, next(one for one in work if one.path == task.path), units, cache, salt)
    return Parsed(units, failed)


Result = tuple[Task, bytes, dict[Key, str]]


def _run(work: Sequence[Task], jobs: int) -> Iterator[Result]:
    """The results of tasks, in their order, whatever the number of processes."""
    if jobs <= 1 or len(work) <= 1:
        yield from map(_work, work)
        return
    # The largest programs first, so that no process is left with one at the end.
    order = sorted(range(len(work)), key=lambda at: -_cost(work[at]))
    with workers(min(jobs, len(work)), get_context()) as executor:
        running = {at: executor.submit(_work, work[at]) for at in order}
        for at, task in enumerate(work):
            yield _result(running[at], task)


def _result(running: Future[Result], task: Task) -> Result:
    """The result of a task; where a process has died, of a process that has only this one."""
    try:
        return running.result()
    except BrokenProcessPool:
        pass
    with workers(1, get_context()) as alone:
        try:
            return alone.submit(_work, task).result()
        except BrokenProcessPool:
            return task, pack({}), dict.fromkeys(task.flags, "the compiler library crashed")


def _cost(task: Task) -> int:
    with open(task.path, "rb") as stream:
        return len(stream.read()) * len(task.flags)


def _work(task: Task) -> Result:
    """Parse one program under all its flags."""
    front_end = _front_end()
    _restock(front_end, task)
    units: dict[Key, Unit] = {}
    failed: dict[Key, str] = {}
    for key, flags in task.flags.items():
        try:
            unit = front_end.parse(task.path, flags, task.root, task.layouts, task.roots)
        except InputError as error:
            failed[key] = str(error)
        except RecursionError:
            failed[key] = "is nested too deeply to be analysed"
        except Exception as error:  # one program must not take the others down
            failed[key] = f"internal error, please report it: {type(error).__name__}: {error}"
        else:
            units[key] = unit
            if unit.errors:
                failed[key] = _first_error(unit)
    return task, pack({key: unit for key, unit in units.items() if key not in failed}), failed


def _first_error(unit: Unit) -> str:
    first = unit.errors[0]
    more = f" (and {len(unit.errors) - 1} more)" if len(unit.errors) > 1 else ""
    hint = _HEADER_HINT if first.text.endswith("file not found") else ""
    return f"{first.place}: {first.text}{hint}{more}"


@lru_cache(maxsize=1)
def _front_end() -> FrontEnd:
    """The front end of this process; it keeps lowered functions for the next parse."""
    return FrontEnd()


def _restock(front_end: FrontEnd, task: Task) -> None:
    """Give the front end the functions of an earlier run, so that it lowers only new ones."""
    data = Folder(task.stock[0]).get(task.stock[1]) if task.stock else None
    if data is None:
        return
    pool: dict[str, Function] = {}
    try:
        unpack(msgspec.msgpack.decode(data, type=_Saved).data, pool)
    except (msgspec.DecodeError, KeyError, RecursionError):
        return
    for key, function in pool.items():
        front_end.store.put(key, function)


def _cache_key(task: Task, salt: str) -> str:
    names = "\0".join((*task.layouts, "", *task.roots))
    return key_of("units", salt, task.root, task.path, names)


def _saved(task: Task, cache: Folder, salt: str, pool: dict[str, Function]) -> dict[Key, Unit]:
    """Units of earlier runs that are still right."""
    data = cache.get(_cache_key(task, salt))
    if data is None:
        return {}
    try:
        saved = msgspec.msgpack.decode(data, type=_Saved)
        right = [
            key for key in task.flags if key in saved.manifests and saved.manifests[key].holds()
        ]
        return unpack(saved.data, pool, right) if right else {}
    except (msgspec.DecodeError, KeyError, RecursionError):
        return {}


def _save(task: Task, whole: Task, units: dict[Key, Unit], cache: Folder, salt: str) -> None:
    """Keep the units of a program for later runs."""
    own = {key: units[key] for key in whole.flags if key in units}
    if cache.path is None or not own:
        return
    manifests = {
        key: manifest(whole.root, unit.files, [whole.flags[key]]) for key, unit in own.items()
    }
    data = msgspec.msgpack.encode(_Saved(manifests, pack(own)))
    cache.put(_cache_key(whole, salt), data)
