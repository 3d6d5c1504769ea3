"""Work on parts of an array, on all processors where that pays."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")


def each(work: Callable[[Part], Result], parts: Iterable[Part]) -> list[Result]:
    """Return what `work` makes of each part, in order.

    OpenCV and NumPy let other threads run while they compute. A few parts are done one after
    the other, as starting threads takes longer.
    """
    todo = list(parts)
    workers = min(8, os.cpu_count() or 1, len(todo) // 8)
    if workers < 2:
        return [work(part) for part in todo]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, todo))
