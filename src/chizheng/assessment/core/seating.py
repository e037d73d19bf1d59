"""Seating 考场编排: standard rooms, and neighbours of different units as far as the numbers allow."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Sequence


def spread(units: Sequence[str]) -> list[int]:
    """An order of candidates (indices into `units`) in which neighbours share a unit as rarely as can be.

    The unit with most people left goes next, unless it sat down last. Candidates without a unit
    ('') count each as a unit of their own. Stable: the same roster gives the same order.
    """
    queues: dict[str, deque[int]] = {}
    for index, unit in enumerate(units):
        queues.setdefault(unit or f"\x00{index}", deque()).append(index)
    heap = [(-len(q), q[0], name) for name, q in queues.items()]
    heapq.heapify(heap)
    order: list[int] = []
    last: str | None = None
    while heap:
        entry = heapq.heappop(heap)
        if entry[2] == last and heap:
            entry = heapq.heapreplace(heap, entry)
        count, _, last = entry
        queue = queues[last]
        order.append(queue.popleft())
        if queue:
            heapq.heappush(heap, (count + 1, queue[0], last))
    return order


def rooms(count: int, size: int) -> list[int]:
    """Sizes of rooms for `count` candidates: full rooms and a last one, never a room with a single seat
    where the one before can share.

    >>> rooms(61, 30)
    [30, 29, 2]
    """
    full, rest = divmod(count, size)
    sizes = [size] * full
    if rest == 1 and full and size > 2:
        sizes[-1] -= 1
        rest = 2
    return [*sizes, rest] if rest else sizes
