"""Functions that can call each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping


def cycles(calls: Mapping[str, Collection[str]]) -> dict[str, tuple[str, ...]]:
    """Each function that can call itself, with all others it can do so through, sorted.

    Tarjan's algorithm, without recursion.
    """
    found: dict[str, tuple[str, ...]] = {}
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    open_: list[str] = []
    waiting: set[str] = set()
    for root in calls:
        if root in index:
            continue
        work: list[tuple[str, Iterator[str]]] = [(root, iter(calls[root]))]
        index[root] = low[root] = len(index)
        open_.append(root)
        waiting.add(root)
        while work:
            name, rest = work[-1]
            for callee in rest:
                if callee not in calls:
                    continue
                if callee not in index:
                    index[callee] = low[callee] = len(index)
                    open_.append(callee)
                    waiting.add(callee)
                    work.append((callee, iter(calls[callee])))
                    break
                if callee in waiting:
                    low[name] = min(low[name], index[callee])
            else:
                work.pop()
                if work:
                    caller = work[-1][0]
                    low[caller] = min(low[caller], low[name])
                if low[name] == index[name]:
                    at = open_.index(name)
                    members = tuple(sorted(open_[at:]))
                    del open_[at:]
                    waiting.difference_update(members)
                    if len(members) > 1 or name in calls[name]:
                        found.update(dict.fromkeys(members, members))
    return found
